import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { MAX_VALUE_BYTES } from "../../../core/ports/module-storage.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { encodeBatch } from "../../../node/module-storage/batch.ts";
import { encodeFrame } from "../../../node/module-storage/frame.ts";
import type { Layout } from "../../../node/module-storage/layout.ts";
import { openModuleStorage } from "../../../node/module-storage/module-storage.ts";
import { decodeHeader, HEADER_BYTES } from "../../../node/module-storage/segment-header.ts";
import { createSegmentFiles } from "../../../node/module-storage/segment-files.ts";
import { withCode } from "../../support/error-code.ts";
import { createRandom } from "../../support/random.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { SMALL_LAYOUT, SMALLEST_LAYOUT } from "./support/layouts.ts";

const module: Hex = `0x${createHash("sha256").update("module").digest("hex")}`;
const other: Hex = `0x${"02".repeat(32)}`;
const third: Hex = `0x${"03".repeat(32)}`;
const text = (value: string) => new Uint8Array(Buffer.from(value));
const random = createRandom(5);
const noise = (length: number) => Uint8Array.from({ length }, () => random.integer(256));

describe("the segmented log", () => {
  const scratch = scratchFolder();

  async function folders() {
    const folder = await mkdtemp(path.join(scratch, "storage-"));
    const log = createRecordingLog();
    const meter = createRecordingMeter();
    const open = (layout: Layout = SMALL_LAYOUT) => openModuleStorage({ folder, layout }, { log, meter });
    const segment = (slot: number) => path.join(folder, `segment-0${slot}.log`);
    const values = async () => {
      const storage = await open();
      const snapshot = storage.snapshot(module);
      await storage.close();
      return Object.fromEntries(snapshot.map(([key, value]) => [key, Buffer.from(value).toString()]));
    };
    const errors = () => log.lines.filter(({ level }) => level === "error").map(({ fields }) => fields);
    return { folder, log, meter, open, segment, values, errors };
  }

  /** Changes bytes of a file where `find` stands for the last time. */
  async function damage(file: string, find: string, replacement = "#".repeat(find.length)): Promise<void> {
    const bytes = await readFile(file);
    const at = bytes.lastIndexOf(find);
    assert.notEqual(at, -1);
    bytes.write(replacement, at);
    await writeFile(file, bytes);
  }

  it("is there again after a restart, compressed where that is smaller", async () => {
    const { open, segment, values } = await folders();
    const storage = await open();
    await storage.apply(module, [{ key: "raw", value: text("short") }]);
    await storage.apply(module, [{ key: "zeros", value: new Uint8Array(MAX_VALUE_BYTES) }]);
    await storage.apply(module, [{ key: "gone", value: text("x") }]);
    await storage.apply(module, [{ key: "gone", value: undefined }]);
    await storage.close();
    assert.deepEqual(await values(), { raw: "short", zeros: "\0".repeat(MAX_VALUE_BYTES) });
    const bytes = await readFile(segment(0));
    const used = bytes.findLastIndex((byte) => byte !== 0) - HEADER_BYTES;
    assert.ok(used < 500, `${used} bytes used`);
  });

  it("writes nothing where nothing changes", async () => {
    const { open, meter } = await folders();
    const storage = await open();
    await storage.apply(module, [{ key: "a", value: text("1") }]);
    const written = meter.total("wasm_storage_written_bytes_total");
    await storage.apply(module, [
      { key: "a", value: text("1") },
      { key: "b", value: undefined },
    ]);
    await storage.apply(module, []);
    assert.equal(meter.total("wasm_storage_written_bytes_total"), written);
    await storage.close();
  });

  it("never takes more room than its slots, and writes all of them equally often", async () => {
    const { folder, open, meter, segment } = await folders();
    let storage = await open(SMALLEST_LAYOUT);
    const { slots, segmentBytes } = SMALLEST_LAYOUT;
    await storage.apply(module, [{ key: "written once", value: noise(4_000) }]);
    for (let round = 0; meter.total("wasm_storage_compactions_total") < 60; round++) {
      const writes = Array.from({ length: 6 }, (_, index) => ({ key: `k${index}`, value: noise(8_000) }));
      await storage.apply(module, writes);
      // Wear is remembered over restarts, or the first slots would be written most.
      if (round % 7 !== 0) continue;
      await storage.close();
      storage = await open(SMALLEST_LAYOUT);
    }
    assert.equal(storage.snapshot(module).length, 7);
    await storage.close();
    const sizes = await Promise.all(
      (await readdir(folder)).map(async (name) => (await stat(path.join(folder, name))).size),
    );
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      slots * segmentBytes,
    );
    const wear = await Promise.all(
      Array.from({ length: slots }, async (_, slot) => {
        const header = decodeHeader(await readFile(segment(slot)));
        assert.ok(typeof header === "object");
        return header.wear;
      }),
    );
    const [least, most] = [Math.min(...wear), Math.max(...wear)];
    assert.ok(least >= 10, wear.join());
    assert.ok(most / least <= 1.25, `writes per slot: ${wear.join()}`);
  });

  it("opens a slot next whose opening was cut off, so that there are never two", async () => {
    const { open, segment, errors } = await folders();
    let storage = await open();
    await storage.apply(module, [{ key: "a", value: text("1") }]);
    await storage.close();
    await writeFile(segment(5), (await readFile(segment(5))).fill(0xff, 0, 100));
    storage = await open();
    const isReadable = async () => typeof decodeHeader(await readFile(segment(5))) === "object";
    assert.ok(!(await isReadable()));
    const big = () => Array.from({ length: 7 }, (_, index) => ({ key: `k${index}`, value: noise(8_000) }));
    for (let times = 0; times < 4; times++) await storage.apply(module, big());
    assert.ok(await isReadable());
    await storage.close();
    assert.deepEqual(errors(), []);
  });

  it("has one owner at a time, and none once that is gone", async () => {
    const { open } = await folders();
    const storage = await open();
    await assert.rejects(open(), withCode("storage-locked"));
    await storage.close();
    await (await open()).close();
  });

  it("keeps what can be read around a damaged place, and says where it is", async () => {
    const { open, segment, values, errors, meter } = await folders();
    const storage = await open();
    for (const key of ["first", "second", "third"]) await storage.apply(module, [{ key, value: text(`value ${key}`) }]);
    await storage.close();
    await damage(segment(0), "value second");
    assert.deepEqual(await values(), { first: "value first", third: "value third" });
    const [place, ...more] = errors();
    assert.deepEqual(more, []);
    assert.equal(place?.reason, "frame-unreadable");
    assert.equal(place.slot, 0);
    assert.equal(meter.total("wasm_storage_damage_total"), 1);
  });

  it("cuts a torn end without complaint, and writes on there", async () => {
    const { open, segment, values, errors } = await folders();
    let storage = await open();
    await storage.apply(module, [{ key: "a", value: text("kept") }]);
    await storage.apply(module, [{ key: "b", value: text("torn") }]);
    await storage.close();
    await damage(segment(0), "torn");
    assert.deepEqual(await values(), { a: "kept" });
    storage = await open();
    await storage.apply(module, [{ key: "c", value: text("new") }]);
    await storage.close();
    assert.deepEqual(await values(), { a: "kept", c: "new" });
    assert.deepEqual(errors(), []);
  });

  it("reads a header from its copy", async () => {
    const { open, segment, values, errors } = await folders();
    const storage = await open();
    await storage.apply(module, [{ key: "a", value: text("kept") }]);
    await storage.close();
    const bytes = await readFile(segment(0));
    await writeFile(segment(0), bytes.fill(0xff, 0, 512));
    assert.deepEqual(await values(), { a: "kept" });
    assert.deepEqual(errors(), []);
  });

  it("says that something is missing where a header, a segment or the only segment is unreadable", async () => {
    const { open, segment, errors, values } = await folders();
    let storage = await open();
    await storage.apply(module, [{ key: "old", value: text("old") }]);
    const big = () => Array.from({ length: 7 }, (_, index) => ({ key: `k${index}`, value: noise(8_000) }));
    for (let times = 0; times < 8; times++) await storage.apply(module, big());
    await storage.close();
    const whole = await readFile(segment(0));
    await writeFile(segment(0), Buffer.from(whole).fill(0xff, 0, HEADER_BYTES));
    storage = await open();
    assert.equal(storage.snapshot(module).length, 7);
    await storage.close();
    assert.deepEqual(
      errors().map(({ reason }) => reason),
      ["frame-missing"],
    );
    await writeFile(segment(0), whole);
    await truncate(segment(1), HEADER_BYTES + 100);
    await values();
    assert.deepEqual(
      errors().map(({ reason }) => reason),
      ["frame-missing", "frame-missing"],
    );
  });

  it("says so where the only segment is unreadable", async () => {
    const { open, segment, errors, values } = await folders();
    const storage = await open();
    await storage.apply(module, [{ key: "a", value: text("1") }]);
    await storage.close();
    await writeFile(segment(0), (await readFile(segment(0))).fill(0xff, 0, HEADER_BYTES));
    assert.deepEqual(await values(), {});
    assert.deepEqual(
      errors().map(({ reason }) => reason),
      ["headers-unreadable"],
    );
  });

  it("takes nothing that a guest stored for a frame, even where the frame around it is damaged", async () => {
    const { open, segment, values } = await folders();
    const storage = await open();
    // All that a guest cannot know is the segment's salt.
    const payload = encodeBatch({ module, writes: [{ key: "a", value: text("forged") }] });
    // Numbers that do not compress: what is compressed forges nothing.
    const numbers = { number: 0x1a2b3c4d5e6f71, tail: 0x1f3e5d7c9bba08 };
    const frame = encodeFrame({ ...numbers, segment: 1, payload }, 0);
    for (let shift = 0; shift < 8; shift++) {
      const value = Buffer.concat([noise(shift), frame]);
      await storage.apply(module, [{ key: `carrier ${shift}`, value }]);
    }
    await storage.apply(module, [{ key: "a", value: text("true") }]);
    await storage.close();
    assert.ok((await readFile(segment(0))).includes(Buffer.from(frame)));
    for (let shift = 0; shift < 8; shift++) await damage(segment(0), `carrier ${shift}`);
    assert.deepEqual(await values(), { a: "true" });
  });

  it("refuses a layout without room for compaction, and a folder with another one", async () => {
    const { open } = await folders();
    await assert.rejects(open({ ...SMALL_LAYOUT, modules: 4 }), withCode("storage-layout-invalid"));
    await assert.rejects(open({ ...SMALL_LAYOUT, slots: 7.5 }), withCode("storage-layout-invalid"));
    const storage = await open();
    await storage.apply(module, [{ key: "a", value: text("1") }]);
    await storage.close();
    await assert.rejects(open({ ...SMALL_LAYOUT, slots: 9 }), withCode("storage-layout"));
    await (await open()).close();
  });

  it("has room for so many modules, and forgets those of old when new ones need it", async () => {
    const { open } = await folders();
    const storage = await open();
    const write = [{ key: "a", value: text("1") }];
    await storage.apply(module, write);
    await storage.apply(other, write);
    await assert.rejects(storage.apply(third, write), withCode("storage-full"));
    await storage.retain([module]);
    assert.equal(storage.snapshot(other).length, 1);
    await storage.retain([module, third]);
    assert.equal(storage.snapshot(other).length, 0);
    await storage.apply(third, write);
    await storage.close();
  });

  it("bounds the calls that wait", async () => {
    const { open } = await folders();
    const storage = await open();
    const calls = Array.from({ length: 200 }, (_, index) =>
      storage.apply(module, [{ key: "a", value: text(`${index}`) }]).then(
        () => "stored",
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    const outcomes = await Promise.all(calls);
    assert.deepEqual([...new Set(outcomes)].sort(), ["storage-busy", "stored"]);
    await storage.apply(module, [{ key: "b", value: text("later") }]);
    await storage.close();
  });

  it("cannot be opened where there is no folder to be had", async () => {
    const folder = path.join(scratch, "a file");
    await writeFile(folder, "");
    const deps = { log: createRecordingLog(), meter: createRecordingMeter() };
    await assert.rejects(openModuleStorage({ folder }, deps), withCode("storage-unusable"));
  });

  it("says that the disk is full where its slots cannot be allocated", async () => {
    const { folder, log, meter } = await folders();
    const real = createSegmentFiles(folder);
    const segmentFiles = {
      open: (slot: number, bytes: number) =>
        slot < 3 ? real.open(slot, bytes) : Promise.reject(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" })),
    };
    const opening = openModuleStorage({ folder, layout: SMALL_LAYOUT }, { log, meter, segmentFiles });
    await assert.rejects(opening, withCode("storage-disk-full"));
  });
});

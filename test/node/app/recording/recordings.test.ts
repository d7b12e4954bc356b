import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { GuestResult, ModuleTerms, Sandbox } from "../../../../core/ports/sandbox.ts";
import type { Reading } from "../../../../core/ports/source.ts";
import { givenStorage, memoryStorage } from "../../../../node/app/authoring/given-storage.ts";
import { replayRecords } from "../../../../node/app/authoring/replay-module.ts";
import { withSandbox } from "../../../../node/app/authoring/with-sandbox.ts";
import { loadFetcher } from "../../../../node/app/fetchers.ts";
import { readRecord, recordText } from "../../../../node/app/recording/observation-record.ts";
import { openRecordings } from "../../../../node/app/recording/recordings.ts";
import type { FeedBinding } from "../../../../node/observe/observe-feed.ts";
import { DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { createRecordingMeter } from "../../sandbox/support/recording-meter.ts";
import { scratchFolder } from "../../../support/scratch.ts";
import { silentLog } from "../../../support/silent-log.ts";

const scratch = scratchFolder();
const MODULE = `0x${"ab".repeat(32)}` as const;
const TERMS: ModuleTerms = {
  ...DEFAULT_TERMS,
  host: ["storage"],
  folders: [{ path: "/d", files: [{ path: "x", bytes: new Uint8Array([1, 255]) }] }],
};
const EFFECTS = { logs: [], logsDropped: 0, metrics: [], metricsDropped: 0, writes: [] };

/** Asks its source for `body`, and answers what it is told. */
function guest(answer: GuestResult): Pick<Sandbox, "call"> {
  const read = { key: "k", value: new Uint8Array([0, 200]) };
  return {
    call: ({ phase }) =>
      Promise.resolve(
        phase === "requests"
          ? {
              kind: "output",
              output: Buffer.from("GET s /a\nGET s /b\n"),
              fuel: 7n,
              effects: { ...EFFECTS, reads: [read] },
            }
          : answer,
      ),
  };
}

const value: GuestResult = { kind: "output", output: Buffer.from("value 1.5\n"), fuel: 8n };
const sources: FeedBinding["sources"] = {
  // The first answer comes last.
  async read(source, at): Promise<Reading> {
    await new Promise((resolve) => setTimeout(resolve, at === "/a" ? 10 : 0));
    if (at === "/b") return { kind: "failed", code: "timeout", message: "late" };
    return {
      kind: "point",
      status: 200,
      point: { id: source, value: new Uint8Array([0xff, 0]), timestamp: 1, unit: "" },
    };
  },
};
const binding: FeedBinding = {
  lane: 3,
  feed: MODULE,
  name: "A/B",
  decimals: 8,
  params: { p: "q" },
  module: MODULE,
  sources,
};
const run = (time: number, signal = new AbortController().signal) => ({
  time,
  traceId: "0".repeat(32),
  member: 0,
  signal,
});

describe("a node's recordings", () => {
  const open = async (name: string, keep = 3) => {
    const directory = path.join(scratch, name);
    const meter = createRecordingMeter();
    const terms = new Map([[MODULE, TERMS]] as const);
    return { directory, meter, ...(await openRecordings({ directory, keep }, { log: silentLog, meter, terms })) };
  };

  it("hold all that determines an observation, bytes and all", async () => {
    const { directory, observe, stop } = await open("whole");
    const outcome = await observe(binding, run(1_795_301_227), { sandbox: guest(value) });
    await stop();
    assert.deepEqual(readdirSync(directory), ["1795301227-03-A_B.json"]);
    const record = await readRecord(path.join(directory, "1795301227-03-A_B.json"));
    assert.deepEqual(record.outcome, outcome);
    assert.deepEqual(record.readings, [
      { source: "s", path: "/a", outcome: { status: 200, body: Buffer.from([0xff, 0]) } },
      { source: "s", path: "/b", outcome: { error: "timeout" } },
    ]);
    assert.deepEqual(record.reads, { requests: [{ key: "k", value: Buffer.from([0, 200]) }], observe: [] });
    assert.deepEqual(record.terms.folders, [{ path: "/d", files: [{ path: "x", bytes: Buffer.from([1, 255]) }] }]);
    assert.deepEqual(record.terms.limits, TERMS.limits);
    assert.equal(recordText(record), recordText(await readRecord(path.join(directory, "1795301227-03-A_B.json"))));
  });

  it("are made again by module replay, storage and all", async () => {
    const directory = path.join(scratch, "replayed");
    const manifestFile = fileURLToPath(new URL("../../../../fetchers/smoothed-price/manifest.yaml", import.meta.url));
    await withSandbox({ log: silentLog }, async (deps) => {
      const {
        module,
        terms,
        sources: opened,
      } = await loadFetcher({ manifestFile, sources: {}, trust: "author" }, deps);
      const options = { directory, keep: 9 };
      const recordings = await openRecordings(options, { ...deps, log: silentLog, terms: new Map([[module, terms]]) });
      const params = { path: "/acme.json", field: "last" };
      const feed = { ...binding, name: "ACME/USD", params, module, sources: opened };
      const sandbox = givenStorage(deps.sandbox, memoryStorage([["ACME/USD", Buffer.from("1795301223 100")]]));
      for (const time of [1_795_301_227, 1_795_301_231]) await recordings.observe(feed, run(time), { sandbox });
      await recordings.stop();
    });
    const records = readdirSync(directory).map((name) => path.join(directory, name));
    const replayed = await replayRecords({ records }, { log: silentLog });
    assert.deepEqual(
      replayed.map(({ seen, differences }) => [seen.kind === "value" && seen.value, differences]),
      [
        [10_090_000_000n, []],
        [10_162_000_000n, []],
      ],
    );
  });

  it("hold failures too, and only what is recorded of them", async () => {
    const { directory, observe, stop } = await open("failures");
    const failed: GuestResult = {
      kind: "failed",
      code: "trap",
      message: "m",
      fuel: 9n,
      effects: { ...EFFECTS, reads: [] },
    };
    await observe(binding, run(1_795_301_228), { sandbox: guest(failed) });
    await stop();
    const { outcome } = await readRecord(path.join(directory, "1795301228-03-A_B.json"));
    assert.ok(outcome.kind === "absent" && outcome.code === "trap" && outcome.fuel === 16n);
  });

  it("are the newest, also of those that were there before; other files stay", async () => {
    const first = await open("newest");
    for (let time = 1; time <= 4; time++) await first.observe(binding, run(time), { sandbox: guest(value) });
    await first.stop();
    writeFileSync(path.join(first.directory, "notes.json"), "");
    const second = await open("newest", 2);
    await second.observe(binding, run(5), { sandbox: guest(value) });
    await second.stop();
    assert.deepEqual(readdirSync(second.directory).sort(), [
      "0000000004-03-A_B.json",
      "0000000005-03-A_B.json",
      "notes.json",
    ]);
  });

  it("leave out a round that was given up, and a module without terms", async () => {
    const { directory, observe, stop } = await open("left-out");
    await observe(binding, run(1, AbortSignal.abort()), { sandbox: guest(value) });
    await observe({ ...binding, module: `0x${"00".repeat(32)}` }, run(2), { sandbox: guest(value) });
    await stop();
    assert.deepEqual(readdirSync(directory), []);
  });

  it("never cost a round anything: what cannot be written is counted", async () => {
    const { directory, meter, observe, stop } = await open("broken");
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "a file in the folder's place");
    chmodSync(directory, 0o400);
    const outcome = await observe(binding, run(1), { sandbox: guest(value) });
    await stop();
    assert.equal(outcome.kind, "value");
    assert.equal(meter.total("observation_records_dropped_total"), 1);
    assert.ok(existsSync(directory));
  });
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { admitModule } from "../../../../node/sandbox/admission/admit.ts";
import { FUEL } from "../../../../node/sandbox/admission/rules.ts";
import { GuestSession } from "../../../../node/sandbox/guest/session.ts";
import { VirtualClock } from "../../../../node/sandbox/wasi/clock.ts";
import { RandomStream } from "../../../../node/sandbox/wasi/random.ts";
import { folderRoots } from "../../../../node/sandbox/wasi/read-only-folders.ts";
import { WASI_SIGNATURES } from "../../../../node/sandbox/wasi/signatures.ts";
import { createWasi } from "../../../../node/sandbox/wasi/wasi.ts";
import { moduleUrl, PROGRAM_NAMES, sha256 } from "./support/build-programs.ts";
import { MODULE, preopened } from "./support/run-program.ts";
import { outcomeOf, wasiFixture, type WasiFixture } from "./support/wasi-fixture.ts";

const ERRNO = { success: 0, inval: 28, nametoolong: 37, notcapable: 76 } as const;

/** Places vectors at 0, each of `length` bytes at 4096, and answers where the result goes. */
function vectors(
  fixture: WasiFixture,
  lengths: readonly number[],
): readonly [pointer: number, count: number, result: number] {
  for (const [index, length] of lengths.entries()) {
    fixture.memory.setUint32(index * 8, 4096, true);
    fixture.memory.setUint32(index * 8 + 4, length, true);
  }
  return [0, lengths.length, 2048];
}

describe("WASI signatures", () => {
  it("each has its function, under both names", () => {
    const { wasi } = wasiFixture();
    for (const from of ["wasi_snapshot_preview1", "wasi_unstable"] as const) {
      const missing = Object.keys(WASI_SIGNATURES[from]).filter((name) => !(name in wasi.imports[from]));
      assert.deepEqual(missing, []);
    }
  });

  it("are those of wasi-libc: its programs import all but proc_raise, and are admitted", async () => {
    const reports = await Promise.all(
      PROGRAM_NAMES.map(async (name) => (await admitModule(await readFile(moduleUrl(name)))).report),
    );
    const imported = new Set(reports.flatMap(({ imports }) => imports.map((text) => text.split(" ")[0])));
    const names = Object.keys(WASI_SIGNATURES.wasi_snapshot_preview1);
    const unseen = names.filter((name) => !imported.has(`wasi_snapshot_preview1.${name}`));
    assert.deepEqual(unseen, ["proc_raise"]);
  });
});

describe("WASI before a phase", () => {
  it("knows the folders and the empty environment, but nothing of a run", () => {
    const session = new GuestSession();
    const wasi = createWasi(session, { folders: preopened({ "/data": {} }), fileDescriptors: 16 });
    session.attach({ memory: { buffer: new ArrayBuffer(65_536) }, fuel: { value: 1_000_000n } });
    const call = (name: string, ...args: readonly (number | bigint)[]) =>
      outcomeOf(() => wasi.imports.wasi_snapshot_preview1[name]?.(...(args as never[])));
    assert.equal(call("fd_prestat_get", 3, 0), "errno 0");
    assert.equal(call("environ_sizes_get", 0, 4), "errno 0");
    for (const attempt of [call("args_sizes_get", 0, 4), call("random_get", 0, 8), call("clock_time_get", 0, 0n, 0)]) {
      assert.match(attempt, /^trap: /);
    }
  });
});

describe("WASI stdout", () => {
  it("is what was written, however it was cut", () => {
    const fixture = wasiFixture();
    fixture.bytes.write("abcdefgh", 4096);
    for (const lengths of [[3], [0, 2, 0], [8, 1], []]) fixture.call("fd_write", 1, ...vectors(fixture, lengths));
    assert.equal(Buffer.from(fixture.wasi.stdout()).toString(), "abcababcdefgha");
  });

  it("takes exactly its bound, and fails the phase one byte beyond", () => {
    const fixture = wasiFixture({ run: { maxOutputBytes: 1000 } });
    assert.equal(fixture.call("fd_write", 1, ...vectors(fixture, [600, 400])), 0);
    const beyond = outcomeOf(() => fixture.call("fd_write", 1, ...vectors(fixture, [1])));
    assert.equal(beyond, "output-too-large: observe wrote more than the 1000 bytes that are taken");
    assert.equal(fixture.wasi.stdout().length, 1000);
  });
});

describe("WASI stderr", () => {
  const logged = (text: string | Buffer) => {
    const fixture = wasiFixture();
    const bytes = Buffer.from(text);
    bytes.copy(fixture.bytes, 4096);
    fixture.call("fd_write", 2, ...vectors(fixture, [bytes.length]));
    return fixture.end()?.logs.map((line) => line.text) ?? [];
  };

  it("leaves empty lines out and keeps what has no end", () => {
    assert.deepEqual(logged("one\n\n\ntwo\nthree"), ["one", "two", "three"]);
    assert.deepEqual(logged("\n"), []);
  });

  it("cuts a long line and finds the next", () => {
    const [long, next, ...more] = logged(`${"x".repeat(5000)}\nnext\n`);
    assert.match(long ?? "", /^x+…$/);
    assert.deepEqual([next, more], ["next", []]);
  });

  it("shows bytes that are no UTF-8 as such", () => {
    assert.deepEqual(logged(Buffer.from([0x61, 0xff, 0x0a])), ["a\ufffd"]);
  });
});

describe("WASI prices", () => {
  const spent = (act: (fixture: WasiFixture) => void, fixture = wasiFixture()) => {
    const before = fixture.fuel();
    act(fixture);
    return before - fixture.fuel();
  };

  it("a read costs what is there to read, not what is asked for", () => {
    const read = (length: number) => spent((fixture) => fixture.call("fd_read", 0, ...vectors(fixture, [length])));
    assert.equal(read(12), read(50_000));
    assert.ok(read(4) < read(12));
  });

  it("randomness costs by the block", () => {
    const random = (length: number) => spent((fixture) => fixture.call("random_get", 0, length));
    assert.equal(random(1), random(32));
    assert.equal(random(64) - random(32), random(32) - random(0));
    assert.ok(random(65_536) > 2048n * 2048n);
  });

  it("a line on stderr costs as much as a call, however short it is", () => {
    const write = (text: string) =>
      spent((fixture) => {
        fixture.bytes.write(text, 4096);
        fixture.call("fd_write", 2, ...vectors(fixture, [text.length]));
      });
    assert.equal(write("\n".repeat(100)) - write("x".repeat(100)), 100n * BigInt(FUEL.hostCall));
  });

  it("a listing costs by its entries", () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, ""]));
    const list = (length: number) =>
      spent(
        (fixture) => fixture.call("fd_readdir", 3, 4096, length, 0n, 0),
        wasiFixture({ folders: { "/data": files } }),
      );
    assert.ok(list(24_000) > 450n * 2048n);
    assert.ok(list(24) < 3n * 2048n);
  });

  it("sleeping costs nothing beyond the call", () => {
    const sleep = (timeout: bigint) =>
      spent((fixture) => {
        fixture.memory.setUint32(16, 1, true);
        fixture.memory.setBigUint64(24, timeout, true);
        assert.equal(fixture.call("poll_oneoff", 0, 512, 1, 1024), 0);
      });
    assert.equal(sleep(1n), sleep((1n << 64n) - 1n));
  });
});

describe("WASI bounds", () => {
  it("on paths", () => {
    const fixture = wasiFixture({ folders: { "/data": { a: "" } } });
    const open = (length: number) => fixture.call("path_filestat_get", 3, 0, 8192, length, 512);
    fixture.bytes.fill("./", 8192, 8192 + 4097);
    fixture.bytes.write("a", 8192 + 4096);
    assert.equal(open(4097), ERRNO.nametoolong);
    fixture.bytes.write("/a", 8192 + 4094);
    assert.equal(open(4096), ERRNO.success);
  });

  it("on what leads out of a folder", () => {
    const fixture = wasiFixture({ folders: { "/data": { "in/a": "" } } });
    for (const path of ["..", "in/../..", "/data/in/a", "in/../../data/in/a", "./../x"]) {
      fixture.bytes.write(path, 8192);
      assert.equal(fixture.call("path_filestat_get", 3, 0, 8192, path.length, 512), ERRNO.notcapable, path);
    }
  });

  it("on NUL in a path", () => {
    const fixture = wasiFixture({ folders: { "/data": { a: "" } } });
    fixture.bytes.write("a\0b", 8192);
    assert.equal(fixture.call("path_filestat_get", 3, 0, 8192, 3, 512), ERRNO.inval);
  });

  it("on a signal: the module's trap", () => {
    assert.equal(
      outcomeOf(() => wasiFixture().call("proc_raise", 6)),
      "trap: the module raised signal 6",
    );
  });
});

describe("folders of a program", () => {
  it("are built once for all instances", () => {
    const folders = preopened({ "/data": { b: "", "a/c": "" } });
    assert.equal(folderRoots(folders), folderRoots(folders));
  });

  it("are the same whatever the manifest's order, with inodes of their own", () => {
    const list = (files: Record<string, string>) => {
      const { root } = folderRoots(preopened({ "/data": files }))[0]!;
      return root.entries;
    };
    const entries = list({ b: "2", "a/c": "1", B: "3" });
    assert.deepEqual(entries, list({ B: "3", "a/c": "1", b: "2" }));
    assert.deepEqual(
      entries.map(({ name, inode }) => `${name} ${inode}`),
      [". 1", ".. 0", "B 2", "a 3", "b 5"],
    );
  });
});

describe("RandomStream", () => {
  const stream = () => new RandomStream({ module: MODULE, feed: "btc-usd", time: 1 });
  const take = (from: RandomStream, length: number) => {
    const target = Buffer.alloc(length);
    from.fill(target, () => undefined);
    return target;
  };

  it("is SHA-256 in counter mode over the seed of module, feed and time", () => {
    const number = (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(value);
      return bytes;
    };
    const module = Buffer.from(MODULE.slice(2), "hex");
    const seed = Buffer.from(
      sha256(Buffer.concat([Buffer.from("quorate/random"), module, Buffer.from("btc-usd"), number(1n)])),
      "hex",
    );
    const expected = [0n, 1n, 2n].map((block) => sha256(Buffer.concat([seed, number(block)]))).join("");
    assert.equal(take(stream(), 96).toString("hex"), expected);
  });

  it("goes on where it stopped", () => {
    const pieces = stream();
    const joined = Buffer.concat([1, 31, 0, 40, 28].map((length) => take(pieces, length)));
    assert.deepEqual(joined, take(stream(), 100));
  });
});

describe("VirtualClock", () => {
  it("never goes back and stays within 64 bits", () => {
    const clock = new VirtualClock(4_294_967_295);
    clock.sleepUntil(50n);
    clock.sleepUntil(20n);
    assert.equal(clock.slept, 50n);
    clock.sleepUntil(1n << 70n);
    assert.ok((clock.origin(0) ?? 0n) + clock.slept < 1n << 64n);
    assert.equal(clock.origin(4), undefined);
  });
});

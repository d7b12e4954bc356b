import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FUEL } from "../../../../node/sandbox/admission/rules.ts";
import { WASI_SIGNATURES, type WasiModule } from "../../../../node/sandbox/wasi/signatures.ts";
import { I64 } from "../../../../node/sandbox/wasm/wasm-types.ts";
import { outcomeOf, wasiFixture, type WasiFixture } from "./support/wasi-fixture.ts";

const PAGES = 2;
const MEMORY_BYTES = PAGES * 65_536;
const FOLDERS = { "/data": { "a.txt": "alpha", "deep/b": "beta" }, "/more": { c: "gamma" } };
const RUNS = 400;

/** Small ones are descriptors, flags and counts; the others lie within, at the end of, and outside the memory. */
const anyI32 = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 8 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }).map((eighths) => eighths * 8) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: MEMORY_BYTES }) },
  fc.integer({ min: -64, max: 64 }).map((offset) => MEMORY_BYTES + offset),
  fc.constantFrom(-1, -2147483648, 2147483647, 64, 65, 1024, 1025, 4096, 4097),
  fc.integer(),
);
const anyI64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 16n }),
  fc.constantFrom(-1n, -(1n << 63n), (1n << 63n) - 1n, 1n << 32n),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
);

interface Call {
  readonly from: WasiModule;
  readonly name: string;
  readonly args: readonly (number | bigint)[];
}

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  ...(Object.keys(WASI_SIGNATURES) as WasiModule[]).flatMap((from) =>
    Object.entries(WASI_SIGNATURES[from]).map(([name, { params }]) =>
      fc
        .tuple(...params.map((type): fc.Arbitrary<number | bigint> => (type === I64 ? anyI64 : anyI32)))
        .map((args) => ({ from, name, args })),
    ),
  ),
);

/** Records of every kind: vectors, subscriptions, paths. Anything may be taken for anything. */
const anyMemory = fc.oneof(
  fc.uint8Array({ maxLength: 512 }),
  fc.array(anyI32, { maxLength: 128 }).map((words) => new Uint8Array(Int32Array.from(words).buffer)),
  fc
    .array(fc.constantFrom("a.txt", "deep", "b", "c", "..", ".", "/", "\0", "new", "é"), { maxLength: 40 })
    .map((parts) => Buffer.from(parts.join(""))),
);

function perform(fixture: WasiFixture, { from, name, args }: Call): string {
  return outcomeOf(() => (from === "wasi_unstable" ? fixture.callUnstable : fixture.call)(name, ...args));
}

interface Story {
  readonly outcomes: readonly string[];
  readonly fuel: readonly bigint[];
  readonly memory: string;
  readonly stdout: string;
  readonly effects: unknown;
}

/** With a file and a folder open as 5 and 6, which hardly any call would open by chance. */
function openedFixture(): WasiFixture {
  const fixture = wasiFixture({ folders: FOLDERS, pages: PAGES });
  for (const [fd, path] of [[5, "a.txt"] as const, [6, "deep"] as const]) {
    fixture.bytes.write(path, 0);
    fixture.call("path_open", 3, 0, 0, path.length, 0, 0x0fbffebfn, 0x0fffffffn, 0, 64);
    assert.equal(fixture.memory.getUint32(64, true), fd);
  }
  return fixture;
}

function tell(memory: Uint8Array, calls: readonly Call[]): Story {
  const fixture = openedFixture();
  fixture.bytes.set(memory);
  const fuel: bigint[] = [];
  const outcomes = calls.map((call) => {
    const outcome = perform(fixture, call);
    fuel.push(fixture.fuel());
    return outcome;
  });
  const effects = fixture.end();
  return {
    outcomes,
    fuel,
    memory: fixture.bytes.toString("base64"),
    stdout: Buffer.from(fixture.wasi.stdout()).toString("hex"),
    effects,
  };
}

describe("WASI with any arguments", () => {
  it("answers an errno, a fault or an exit, the same and at the same fuel each time", () => {
    fc.assert(
      fc.property(anyMemory, fc.array(anyCall, { minLength: 1, maxLength: 30 }), (memory, calls) => {
        const story = tell(memory, calls);
        for (const outcome of story.outcomes) {
          assert.match(outcome, /^(errno \d+|exit \d+|(trap|fuel-exhausted|output-too-large): .*)$/);
        }
        assert.deepEqual(tell(memory, calls), story);
      }),
      { numRuns: RUNS },
    );
  });

  it("charges each call, whatever becomes of it", () => {
    fc.assert(
      fc.property(anyMemory, anyCall, (memory, call) => {
        const fixture = openedFixture();
        fixture.bytes.set(memory);
        const before = fixture.fuel();
        perform(fixture, call);
        assert.ok(before - fixture.fuel() >= BigInt(FUEL.hostCall));
      }),
      { numRuns: RUNS },
    );
  });

  it("does nothing that the fuel does not cover", () => {
    fc.assert(
      fc.property(anyMemory, anyCall, (memory, call) => {
        const fixture = wasiFixture({ folders: FOLDERS, pages: PAGES, fuel: BigInt(FUEL.hostCall - 1) });
        fixture.bytes.set(memory);
        const before = fixture.bytes.toString("base64");
        assert.match(perform(fixture, call), /^fuel-exhausted/);
        assert.equal(fixture.bytes.toString("base64"), before);
        assert.equal(fixture.wasi.stdout().length, 0);
      }),
      { numRuns: RUNS },
    );
  });

  it("leaves the folders as they are, for all instances that share them", () => {
    const folders = { "/data": { "a.txt": "alpha", "deep/b": "beta" } };
    const listing = () => {
      const fixture = wasiFixture({ folders });
      fixture.call("fd_readdir", 3, 1024, 4096, 0n, 0);
      fixture.bytes.write("a.txt", 8192);
      fixture.call("path_filestat_get", 3, 0, 8192, 5, 16_384);
      return fixture.bytes.toString("base64");
    };
    const before = listing();
    fc.assert(
      fc.property(anyMemory, fc.array(anyCall, { maxLength: 30 }), (memory, calls) => {
        const fixture = wasiFixture({ folders, pages: PAGES });
        fixture.bytes.set(memory);
        for (const call of calls) perform(fixture, call);
        assert.equal(listing(), before);
      }),
      { numRuns: RUNS / 4 },
    );
  });
});

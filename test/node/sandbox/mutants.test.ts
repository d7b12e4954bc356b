import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { encodeObserveInput } from "../../../core/codec/envelope.ts";
import { admitModule } from "../../../node/sandbox/admission/admit.ts";
import { instantiateGuest, runGuest } from "../../../node/sandbox/guest/guest.ts";
import { isModuleRefusal } from "../../../node/sandbox/admission/refusal.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { answer, moduleBytes } from "../../fetchers/support/fetcher-run.ts";

const MUTANTS = 600;
const FUEL = 300_000n;
const original = moduleBytes("ticker-median");
const input = encodeObserveInput({ feed: "F", time: 1, params: {} }, [
  answer("gemini", { last: "1.5" }),
  answer("bitstamp", { last: "2.5" }),
]);

/** Numbers from a seed, the same on every machine. */
function numbers(seed: string): (below: number) => number {
  let round = 0;
  return (below) => createHash("sha256").update(`${seed} ${round++}`).digest().readUInt32LE() % below;
}

function mutate(seed: number): Uint8Array {
  const next = numbers(`mutant ${seed}`);
  const bytes = new Uint8Array(original);
  if (seed % 10 === 0) return bytes.subarray(0, next(bytes.length));
  if (seed % 10 === 1)
    return Uint8Array.from({ length: next(400) }, (_, at) => (at < 8 ? (original[at] ?? 0) : next(256)));
  for (let flips = 1 + next(3); flips > 0; flips--) {
    const at = next(bytes.length);
    const random = seed % 10 < 4;
    bytes[at] = random ? next(256) : (bytes[at] ?? 0) ^ (1 << next(8));
  }
  return bytes;
}

/** What became of a mutant. Anything but these throws. */
function fate(bytes: Uint8Array): string {
  let instrumented: Uint8Array;
  try {
    ({ instrumented } = admitModule(bytes, { memoryPages: 64 }));
  } catch (error) {
    if (isModuleRefusal(error)) return `refused ${error.data.rule}`;
    throw error;
  }
  const module = new webAssembly.Module(instrumented);
  let guest;
  try {
    guest = instantiateGuest(module);
  } catch (error) {
    assert.ok(error instanceof webAssembly.RuntimeError, String(error));
    return "traps at its start";
  }
  const result = runGuest(guest, { phase: "observe", input, fuel: FUEL, maxOutputBytes: 64 * 1024 });
  assert.ok(result.fuel >= 0n && result.fuel <= FUEL, `fuel ${result.fuel}`);
  assert.notEqual(result.kind === "failed" && result.code, "host-fault", JSON.stringify(result.kind));
  if (result.kind === "output") assert.deepEqual(result.output, runRaw(bytes), "the meter changes no result");
  return `ran: ${result.kind === "failed" ? result.code : "output"}`;
}

interface RawExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly alloc: (size: number) => number;
  readonly observe: (pointer: number, length: number) => bigint;
}

/** Without the meter: safe, because the metered run has ended by itself. */
function runRaw(bytes: Uint8Array): Uint8Array {
  const { exports } = new webAssembly.Instance(new webAssembly.Module(bytes), { env: { abort: () => undefined } });
  const { memory, alloc, observe } = exports as RawExports;
  const pointer = alloc(input.length) >>> 0;
  new Uint8Array(memory.buffer, pointer).set(input);
  const packed = BigInt.asUintN(64, observe(pointer, input.length));
  return new Uint8Array(memory.buffer, Number(packed >> 32n), Number(packed & 0xffff_ffffn)).slice();
}

describe("mutants of a fetcher", () => {
  it(`${MUTANTS} of them are refused, or run within their limits`, (context) => {
    const fates = new Map<string, number>();
    for (let seed = 0; seed < MUTANTS; seed++) {
      const what = fate(mutate(seed));
      fates.set(what, (fates.get(what) ?? 0) + 1);
    }
    context.diagnostic([...fates].map(([what, count]) => `${what} ${count}`).join(", "));
    const ran = [...fates].filter(([what]) => what.startsWith("ran")).reduce((sum, [, count]) => sum + count, 0);
    assert.ok(ran > 50 && ran < MUTANTS - 50, `${ran} ran`);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GuestResult } from "../../../core/ports/sandbox.ts";
import { admitCore, type AdmittedCore } from "../../../node/sandbox/admission/admit.ts";
import { isModuleRefusal } from "../../../node/sandbox/admission/refusal.ts";
import { createCoreProgram } from "../../../node/sandbox/guest/create-program.ts";
import { webAssembly } from "../../../node/sandbox/wasm/web-assembly.ts";
import { createProgress, trials } from "../../support/depth.ts";
import { chooseMutants, mutant, mutantCount } from "./mutants/mutations.ts";
import { ORDINARY_RUN } from "./support/run-phase.ts";
import { loadSeeds, type Seed } from "./mutants/seeds.ts";

/** Of each seed; a small one has fewer, and then all are tried. */
const MUTANTS = trials({ slice: 500, full: 60_000 });
const FUEL = 200_000n;
const PAGES = 64;
const MAX_OUTPUT_BYTES = 64 * 1024;
const run = { ...ORDINARY_RUN, fuel: FUEL, maxOutputBytes: MAX_OUTPUT_BYTES };

const seeds = await loadSeeds();
const total = { mutants: 0, refused: 0, executed: 0 };

describe("mutants: each is refused, or runs within its limits", () => {
  for (const seed of seeds) {
    it(seed.name, (context) => {
      assert.match(fate(seed.bytes, seed), /^ran: output/, "the seed itself runs");
      const all = mutantCount(seed.bytes);
      const count = Math.min(all, MUTANTS);
      const fates = new Map<string, number>();
      const progress = createProgress(`mutants of ${seed.name}`, count);
      for (const number of chooseMutants(seed.bytes, count)) {
        const { bytes, what } = mutant(seed.bytes, number);
        const became = named(what, () => fate(bytes, seed));
        fates.set(became, (fates.get(became) ?? 0) + 1);
        progress(number);
      }
      const refused = sum(fates, "refused");
      total.mutants += count;
      total.refused += refused;
      total.executed += count - refused;
      context.diagnostic(`${count} of ${all}: ${[...fates].map(([what, times]) => `${what} ${times}`).join(", ")}`);
      assert.ok(refused > 0 && refused < count, `${refused} of ${count} refused`);
    });
  }

  it("are many", (context) => {
    context.diagnostic(`${total.mutants} mutants: ${total.refused} refused, ${total.executed} executed`);
    assert.ok(total.mutants >= trials({ slice: 3_000, full: 100_000 }));
    assert.ok(total.refused > total.mutants / 10 && total.executed > total.mutants / 10);
  });
});

/** What became of a mutant. Whatever these throw is a defect. */
function fate(bytes: Uint8Array, seed: Seed): string {
  let admitted: AdmittedCore;
  try {
    admitted = admitCore(bytes, { limits: { memoryPages: PAGES }, host: seed.host });
  } catch (error) {
    if (isModuleRefusal(error)) return `refused ${error.data.rule}`;
    throw error;
  }
  const module = new webAssembly.Module(admitted.emitted.bytes);
  const program = createCoreProgram({ shape: admitted.shape, module }, { folders: [], fileDescriptors: 16 });
  let guest;
  try {
    guest = program.instantiate();
  } catch (error) {
    assert.ok(error instanceof webAssembly.RuntimeError, String(error));
    return "executed, traps at its start";
  }
  const { result, memoryBytes } = guest.run({ ...run, input: seed.input });
  checkLimits(result, memoryBytes);
  if (result.kind === "failed") return `ran: ${result.code}`;
  if (seed.comparable) assert.deepEqual(result.output, runRaw(bytes, seed.input), "the meter changes no result");
  return "ran: output";
}

function checkLimits(result: GuestResult, memoryBytes: number): void {
  assert.ok(result.fuel >= 0n && result.fuel <= FUEL, `fuel ${result.fuel}`);
  assert.ok(memoryBytes <= PAGES * 65_536, `${memoryBytes} bytes of memory`);
  if (result.kind === "output") assert.ok(result.output.length <= MAX_OUTPUT_BYTES);
  else assert.notEqual(result.code, "host-fault", result.message);
}

interface RawExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly alloc: (size: number) => number;
  readonly observe: (pointer: number, length: number) => bigint;
}

/** Without the meter: safe, because the metered run has ended by itself. */
function runRaw(bytes: Uint8Array, input: Uint8Array): Uint8Array {
  const { exports } = new webAssembly.Instance(new webAssembly.Module(bytes), { env: { abort: () => undefined } });
  const { memory, alloc, observe } = exports as RawExports;
  const pointer = alloc(input.length) >>> 0;
  new Uint8Array(memory.buffer, pointer).set(input);
  const packed = BigInt.asUintN(64, observe(pointer, input.length));
  return new Uint8Array(memory.buffer, Number(packed >> 32n), Number(packed & 0xffff_ffffn)).slice();
}

/** Says which mutant it was. */
function named<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new Error(`${what}: ${String(cause)}`, { cause });
  }
}

function sum(fates: ReadonlyMap<string, number>, prefix: string): number {
  return [...fates].reduce((sum, [what, times]) => (what.startsWith(prefix) ? sum + times : sum), 0);
}

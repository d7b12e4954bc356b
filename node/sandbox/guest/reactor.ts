import type { CompiledModule, WasmMemory } from "../wasm/web-assembly.ts";
import { classify, faultOf } from "./classify.ts";
import { instantiateCore, type CoreExports, type CoreInstance } from "./core-instance.ts";
import { GuestFault } from "./guest-fault.ts";
import { wantedImports, wantsRun } from "./imports.ts";
import { checkOutputLength, performPhase } from "./phase.ts";
import type { Guest, Program, ProgramTerms } from "./program.ts";
import type { PhaseRun } from "./session.ts";

interface ReactorExports extends CoreExports {
  readonly alloc: (size: number) => number;
  readonly requests: (pointer: number, length: number) => bigint;
  readonly observe: (pointer: number, length: number) => bigint;
  readonly _initialize?: () => void;
}

/**
 * A module with `alloc`, `requests` and `observe`. Its `_initialize` runs when the instance is made, in advance, within the
 * fuel of a start function. Where the module imports WASI or host functions it may ask in there for what only a run knows
 * (the time, randomness, its folders): then it runs first thing in the phase, and its fuel is the phase's.
 */
export function createReactor(module: CompiledModule, terms: ProgramTerms): Program {
  const wanted = wantedImports(module);
  const late = wantsRun(wanted);
  return {
    shape: "reactor",
    instantiate(): Guest {
      const instance = instantiateCore<ReactorExports>({ module, wanted, terms });
      if (!late) initialize(instance);
      return {
        get memoryBytes() {
          return instance.exports.memory.buffer.byteLength;
        },
        run(run) {
          const result = performPhase(instance, run, () => execute(instance, run, late));
          return { result, memoryBytes: this.memoryBytes };
        },
      };
    },
  };
}

/** @throws GuestFault that says how it ended. */
function initialize({ exports, counters }: CoreInstance<ReactorExports>): void {
  try {
    exports._initialize?.();
  } catch (error) {
    throw faultOf(classify(error, counters));
  }
}

/** Writes the input into the guest, runs the phase and copies the output out. Fuel covers all of it. */
function execute({ exports }: CoreInstance<ReactorExports>, run: PhaseRun, initialize: boolean): Uint8Array {
  const { phase, input } = run;
  if (initialize) exports._initialize?.();
  const pointer = exports.alloc(input.length) >>> 0;
  region(exports.memory, { pointer, length: input.length, what: "alloc" }).set(input);
  const packed = exports[phase](pointer, input.length);
  const [at, length] = [Number(BigInt.asUintN(32, packed >> 32n)), Number(BigInt.asUintN(32, packed))];
  checkOutputLength(length, run);
  return region(exports.memory, { pointer: at, length, what: phase }).slice();
}

function region(
  { buffer }: WasmMemory,
  { pointer, length, what }: { readonly pointer: number; readonly length: number; readonly what: string },
): Uint8Array {
  if (pointer + length > buffer.byteLength) {
    const place = `${length} bytes at ${pointer}, the memory has ${buffer.byteLength}`;
    throw new GuestFault("output-invalid", `${what} answered a place outside the memory: ${place}`);
  }
  return new Uint8Array(buffer, pointer, length);
}

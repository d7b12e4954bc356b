import { METER_EXPORTS } from "../admission/rules.ts";
import type { Wasi } from "../wasi/wasi.ts";
import { webAssembly, type CompiledModule, type WasmGlobal, type WasmMemory } from "../wasm/web-assembly.ts";
import type { Counters } from "./counters.ts";
import { createImports, type Wanted } from "./imports.ts";
import type { ProgramTerms } from "./program.ts";
import { GuestSession } from "./session.ts";

/** The exports that every admitted, metered core module has. Admission has checked their types. */
export interface CoreExports {
  readonly memory: WasmMemory;
  readonly [METER_EXPORTS.fuel]: WasmGlobal<bigint>;
  readonly [METER_EXPORTS.depth]: WasmGlobal<number>;
  readonly [METER_EXPORTS.fault]: WasmGlobal<number>;
}

export interface CoreInstance<Exports extends CoreExports> {
  readonly exports: Exports;
  readonly session: GuestSession;
  readonly counters: Counters;
  readonly wasi: Wasi | undefined;
}

export interface CoreModule {
  readonly module: CompiledModule;
  readonly wanted: Wanted;
  readonly terms: ProgramTerms;
}

/** Makes an instance; its start function runs, within the fuel that the meter gives it. Throws what the engine throws. */
export function instantiateCore<Exports extends CoreExports>({
  module,
  wanted,
  terms,
}: CoreModule): CoreInstance<Exports> {
  const session = new GuestSession();
  const { functions, wasi } = createImports(wanted, session, terms);
  const exports = new webAssembly.Instance(module, functions).exports as Exports;
  const counters: Counters = {
    fuel: exports[METER_EXPORTS.fuel],
    depth: exports[METER_EXPORTS.depth],
    fault: exports[METER_EXPORTS.fault],
  };
  session.attach({ memory: exports.memory, fuel: counters.fuel });
  return { exports, session, counters, wasi };
}

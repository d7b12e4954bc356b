import { DEPTH, FAULT } from "../admission/rules.ts";
import type { WasmGlobal } from "../wasm/web-assembly.ts";

/** The meter's globals of one instance, or of all the core modules of a component. */
export interface Counters {
  readonly fuel: WasmGlobal<bigint>;
  readonly depth: WasmGlobal<number>;
  readonly fault: WasmGlobal<number>;
}

/** What an earlier phase, start function or trap left behind is gone afterwards. */
export function resetCounters({ fuel, depth, fault }: Counters, limit: bigint): void {
  fuel.value = limit;
  depth.value = DEPTH.slots;
  fault.value = FAULT.none;
}

/** A guest that ran out has spent exactly its limit, however far the last charge went below zero. */
export function spentFuel({ fuel }: Counters, limit: bigint): bigint {
  return fuel.value < 0n ? limit : limit - fuel.value;
}

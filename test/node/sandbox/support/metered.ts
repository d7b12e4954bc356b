import { admitCore, type AdmissionOptions } from "../../../../node/sandbox/admission/admit.ts";
import { DEPTH, FAULT, METER_EXPORTS } from "../../../../node/sandbox/admission/rules.ts";
import { webAssembly, type WasmGlobal, type WasmImports } from "../../../../node/sandbox/wasm/web-assembly.ts";

/** How a call into a metered module ended, by the meter's own counters. */
export interface MeteredCall {
  readonly end: "returned" | "fuel" | "depth" | "memory-cap" | "host" | "trap";
  readonly value: unknown;
  /** What it took off the fuel; more than it was given where that ran out. */
  readonly fuel: bigint;
  /** Slots that are not given back. */
  readonly depth: number;
}

export interface CallOptions {
  readonly args?: readonly (number | bigint)[];
  /** Default: a million. */
  readonly fuel?: bigint;
}

/** One instance of a metered module, called without the host's conventions: what the meter does, and nothing else. */
export class Metered {
  readonly exports: Readonly<Record<string, unknown>>;

  constructor(instrumented: Uint8Array, imports: WasmImports = {}) {
    const instance = new webAssembly.Instance(new webAssembly.Module(instrumented), imports);
    this.exports = instance.exports as Record<string, unknown>;
  }

  call(name: string, { args = [], fuel = 1_000_000n }: CallOptions = {}): MeteredCall {
    const counters = this.#counters;
    counters.fuel.value = fuel;
    counters.depth.value = DEPTH.slots;
    counters.fault.value = FAULT.none;
    const fn = this.exports[name] as (...args: readonly (number | bigint)[]) => unknown;
    try {
      const value = fn(...args);
      return { end: "returned", value, ...this.#spent(fuel) };
    } catch (error) {
      if (!(error instanceof webAssembly.RuntimeError)) throw error;
      return { end: this.#cause(), value: undefined, ...this.#spent(fuel) };
    }
  }

  get #counters() {
    return {
      fuel: this.exports[METER_EXPORTS.fuel] as WasmGlobal<bigint>,
      depth: this.exports[METER_EXPORTS.depth] as WasmGlobal<number>,
      fault: this.exports[METER_EXPORTS.fault] as WasmGlobal<number>,
    };
  }

  #spent(fuel: bigint) {
    return { fuel: fuel - this.#counters.fuel.value, depth: DEPTH.slots - this.#counters.depth.value };
  }

  #cause(): MeteredCall["end"] {
    const { fuel, depth, fault } = this.#counters;
    if (fault.value === FAULT.host) return "host";
    if (fuel.value < 0n) return "fuel";
    if (depth.value < 0) return "depth";
    return fault.value === FAULT.memoryCap ? "memory-cap" : "trap";
  }
}

/** Admits a reactor and makes an instance of it. */
export function metered(bytes: Uint8Array, options: AdmissionOptions = {}): Metered {
  return new Metered(admitCore(bytes, options).emitted.bytes, { env: { abort: () => undefined } });
}

/** Admits a reactor and calls `observe(0, 0)`. */
export function callObserve(bytes: Uint8Array, options: CallOptions & { readonly admission?: AdmissionOptions } = {}) {
  return metered(bytes, options.admission).call("observe", { args: [0, 0], ...options });
}

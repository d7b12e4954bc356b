import { wasi } from "@bjorn3/browser_wasi_shim";
import { GuestFault } from "../guest/guest-fault.ts";
import type { HostFunction } from "../wasm/web-assembly.ts";
import { WASI_PRICES } from "./limits.ts";
import type { WasiState } from "./wasi-state.ts";

/** A program need not know its name, so all have the same. */
const PROGRAM_NAME = "fetcher";
/** A yield lets a scheduler's slice of time pass, else Go's runtime would wait for ever for its own deadlines. */
const YIELD_NANOSECONDS = 1_000_000n;

/** Arguments (name and phase), an empty environment, randomness, and the scheduler. */
export function processCalls(state: WasiState): Record<string, HostFunction> {
  return {
    ...argumentCalls(state),
    random_get(pointer: number, length: number) {
      const charge = () => state.session.charge(WASI_PRICES.randomBlock);
      state.random.fill(state.session.bytes(pointer, length), charge);
      return wasi.ERRNO_SUCCESS;
    },
    sched_yield() {
      state.clock.sleepUntil(state.clock.slept + YIELD_NANOSECONDS);
      return wasi.ERRNO_SUCCESS;
    },
    proc_raise(signal: number) {
      throw new GuestFault("trap", `the module raised signal ${signal}`);
    },
  };
}

function argumentCalls(state: WasiState): Record<string, HostFunction> {
  const program = () => [PROGRAM_NAME, state.session.run.phase];
  return {
    args_get(pointers: number, buffer: number) {
      const args = program();
      state.session.bytes(pointers, args.length * 4);
      state.session.bytes(buffer, args.join(" ").length + 1);
      state.shim.args = args;
      return state.shim.wasiImport.args_get(pointers, buffer);
    },
    args_sizes_get(count: number, size: number) {
      state.session.bytes(count, 4);
      state.session.bytes(size, 4);
      state.shim.args = program();
      return state.shim.wasiImport.args_sizes_get(count, size);
    },
    environ_get: (pointers: number, buffer: number) => state.shim.wasiImport.environ_get(pointers, buffer),
    environ_sizes_get(count: number, size: number) {
      state.session.bytes(count, 4);
      state.session.bytes(size, 4);
      return state.shim.wasiImport.environ_sizes_get(count, size);
    },
  };
}

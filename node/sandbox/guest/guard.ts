import { WasiExit } from "../wasi/wasi.ts";
import type { HostFunction } from "../wasm/web-assembly.ts";
import { GuestAbort } from "./abort.ts";
import { GuestFault } from "./guest-fault.ts";

/**
 * A host function ends a phase by a fault that is meant for it, an exit or an abort. Whatever else it throws came of the guest's
 * arguments, so it is the guest's trap, under a message that does not depend on the engine's version.
 */
export function guarded(name: string, call: HostFunction): HostFunction {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (error instanceof GuestFault || error instanceof WasiExit || error instanceof GuestAbort) throw error;
      throw new GuestFault("trap", `${name} failed on the arguments that it was given`);
    }
  };
}

import type { HostFunction } from "../wasm/web-assembly.ts";
import { GuestFault } from "./guest-fault.ts";

export type HostFunctions = Readonly<Record<string, HostFunction>>;

/**
 * Host functions end a phase by a fault that is meant for it. Whatever else they throw came of the guest's arguments, so it
 * is the guest's trap, under a message that does not depend on the engine's version.
 */
export function guarded(functions: HostFunctions): HostFunctions {
  const guard = ([name, call]: [string, HostFunction]): [string, HostFunction] => [
    name,
    (...args) => {
      try {
        return call(...args);
      } catch (error) {
        if (error instanceof GuestFault) throw error;
        throw new GuestFault("trap", `${name} failed on the arguments that it was given`);
      }
    },
  ];
  return Object.fromEntries(Object.entries(functions).map(guard));
}

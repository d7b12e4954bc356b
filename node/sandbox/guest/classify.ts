import type { GuestFailureCode } from "../../../core/ports/sandbox.ts";
import { DEPTH, FAULT } from "../admission/rules.ts";
import { WasiExit } from "../wasi/wasi.ts";
import { webAssembly } from "../wasm/web-assembly.ts";
import { GuestAbort } from "./abort.ts";
import type { Counters } from "./counters.ts";
import { GuestFault } from "./guest-fault.ts";

export interface Failure {
  readonly code: GuestFailureCode;
  readonly message: string;
}

/**
 * What ended a phase. The meter's counters say what the engine's error cannot: its wording differs from version to version.
 * A fault of this machine comes first: whatever the guest made of it is not the guest's result.
 */
export function classify(error: unknown, { fuel, depth, fault }: Counters): Failure {
  if (fault.value === FAULT.host) return failure("host-fault", "this machine has no memory left for the module");
  if (error instanceof GuestFault) return failure(error.code, error.message);
  if (fuel.value < 0n) {
    return failure("fuel-exhausted", "the module spent all its fuel: raise fuelPerPhase or make it cheaper");
  }
  if (depth.value < 0) {
    return failure("depth-exceeded", `calls nest deeper than ${DEPTH.slots} stack slots: use loops`);
  }
  if (fault.value === FAULT.memoryCap) {
    return failure("memory-exceeded", "the module reached its memory limit: raise memoryPages or use less");
  }
  if (error instanceof WasiExit) return failure("exit", `the program ended with exit code ${error.exitCode}`);
  if (error instanceof GuestAbort) return failure("trap", error.message);
  if (error instanceof webAssembly.RuntimeError) return failure("trap", error.message);
  return failure("host-fault", error instanceof Error ? error.message : "the engine failed");
}

/** The failure of what is no phase: a start function's, say. */
export function faultOf({ code, message }: Failure): GuestFault {
  return new GuestFault(code, message);
}

function failure(code: GuestFailureCode, message: string): Failure {
  return { code, message };
}

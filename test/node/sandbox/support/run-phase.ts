import { admitModule, type AdmissionOptions } from "../../../../node/sandbox/admission/admit.ts";
import { instantiateGuest, runGuest, type PhaseRun } from "../../../../node/sandbox/guest/guest.ts";
import { webAssembly, type CompiledModule } from "../../../../node/sandbox/wasm/web-assembly.ts";
import type { GuestResult } from "../../../../core/ports/sandbox.ts";

export function compileAdmitted(bytes: Uint8Array, options: AdmissionOptions = {}): CompiledModule {
  return new webAssembly.Module(admitModule(bytes, options).instrumented);
}

/** Runs one phase in a fresh instance, in this thread. Defaults: `observe`, four bytes, a million units. */
export function runPhase(module: CompiledModule, run: Partial<PhaseRun> = {}): GuestResult {
  const defaults = { phase: "observe", input: new Uint8Array(4), fuel: 1_000_000n, maxOutputBytes: 64 * 1024 } as const;
  return runGuest(instantiateGuest(module), { ...defaults, ...run });
}

/** Admits a module and runs `observe`. */
export function observe(bytes: Uint8Array, run: Partial<PhaseRun> = {}): GuestResult {
  return runPhase(compileAdmitted(bytes), run);
}

export function failureOf(result: GuestResult): string {
  return result.kind === "failed" ? result.code : `output after ${result.fuel}`;
}

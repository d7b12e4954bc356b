import type { GuestResult } from "../../../../core/ports/sandbox.ts";
import { admitCore, type AdmissionOptions } from "../../../../node/sandbox/admission/admit.ts";
import { createCoreProgram } from "../../../../node/sandbox/guest/create-program.ts";
import type { Program, ProgramTerms } from "../../../../node/sandbox/guest/program.ts";
import type { PhaseRun } from "../../../../node/sandbox/guest/session.ts";
import { webAssembly } from "../../../../node/sandbox/wasm/web-assembly.ts";

const PLAIN: ProgramTerms = { folders: [], fileDescriptors: 16 };

/** `observe` of four bytes with a million units. */
export const ORDINARY_RUN: PhaseRun = {
  module: `0x${"ab".repeat(32)}`,
  phase: "observe",
  input: new Uint8Array(4),
  fuel: 1_000_000n,
  maxOutputBytes: 64 * 1024,
  feed: "FEED/USD",
  time: 1_700_000_000,
  storage: [],
};

/** Admits and compiles a reactor or a command for this thread. */
export function compileAdmitted(
  bytes: Uint8Array,
  options: AdmissionOptions = {},
  terms: Partial<ProgramTerms> = {},
): Program {
  const { shape, emitted } = admitCore(bytes, options);
  return createCoreProgram({ shape, module: new webAssembly.Module(emitted.bytes) }, { ...PLAIN, ...terms });
}

/** Runs one phase in a fresh instance, in this thread. */
export function runPhase(program: Program, run: Partial<PhaseRun> = {}): GuestResult {
  return program.instantiate().run({ ...ORDINARY_RUN, ...run }).result;
}

/** Admits a module and runs `observe`. */
export function observe(bytes: Uint8Array, run: Partial<PhaseRun> = {}): GuestResult {
  return runPhase(compileAdmitted(bytes), run);
}

export function failureOf(result: GuestResult): string {
  return result.kind === "failed" ? result.code : `output after ${result.fuel}`;
}

import type { AdmittedProgram } from "../admission/admit.ts";
import { refusal } from "../admission/refusal.ts";
import { DEPTH, FUEL } from "../admission/rules.ts";
import type { Failure } from "../guest/classify.ts";
import { createProgram } from "../guest/create-program.ts";
import type { CompiledProgram, ProgramTerms } from "../guest/program.ts";
import { startFailure } from "../guest/start-failure.ts";

export interface Unproven {
  readonly admitted: AdmittedProgram;
  readonly program: CompiledProgram;
  readonly terms: ProgramTerms;
  /** Whether an earlier process has made an instance. Then a machine without room for one is no reason to be without the module. */
  readonly again: boolean;
}

/**
 * Makes an instance once. A start function that fails would fail every call: better to say so at once.
 * @returns the linear memory that an instance holds before it runs, bytes; Infinity where that could not be found out.
 * @throws QuorateError<ModuleRefused> for what the module does when it starts; what the engine threw if this machine failed.
 */
export async function proveInstantiation({ admitted, program, terms, again }: Unproven): Promise<number> {
  try {
    return (await createProgram(program, terms)).instantiate().memoryBytes;
  } catch (error) {
    const failure = startFailure(error, { admitted, terms });
    if (failure !== undefined) throw refusal("instantiation", { section: "start" }, startText(failure));
    if (again) return Infinity;
    throw error;
  }
}

/** The limits of a start are no limit of a manifest, but for the memory. */
function startText({ code, message }: Failure): string {
  if (code === "fuel-exhausted") {
    return `the module's start function spends more than ${FUEL.instantiation} units of fuel: do less in it`;
  }
  if (code === "depth-exceeded") {
    return `calls in the module's start function nest deeper than ${DEPTH.slots} stack slots: use loops`;
  }
  return `the module's start function fails (${code}: ${message}): mend it, or do less in it`;
}

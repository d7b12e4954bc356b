import { createCommand } from "./command.ts";
import type { CompiledProgram, Program, ProgramTerms } from "./program.ts";
import { createReactor } from "./reactor.ts";

/** A reactor or a command, at once. @throws nothing. */
export function createCoreProgram(
  { shape, module }: Extract<CompiledProgram, { shape: "reactor" | "command" }>,
  terms: ProgramTerms,
): Program {
  return shape === "reactor" ? createReactor(module, terms) : createCommand(module, terms);
}

/** Any program. What components need is loaded with the first of them: most nodes run none, and each worker would pay. */
export async function createProgram(compiled: CompiledProgram, terms: ProgramTerms): Promise<Program> {
  if (compiled.shape !== "component") return createCoreProgram(compiled, terms);
  const { createComponentProgram } = await import("../component/component-program.ts");
  return createComponentProgram(compiled, terms);
}

import { QuorateError } from "../../../core/errors/quorate-error.ts";

/** What a module can be refused for. Stable: scripts and tests match on these. */
export type RuleName =
  | "size"
  | "header"
  | "component"
  | "invalid"
  | "malformed"
  | "section"
  | "feature"
  | "type"
  | "import"
  | "export"
  | "memory"
  | "table"
  | "global"
  | "functions"
  | "locals"
  | "nesting"
  | "branch-table"
  | "data"
  | "element"
  | "instrumented-size"
  | "instantiation"
  | "admission-time";

/** Where in the module: section by name, offset in bytes from the module's first. */
export interface Place {
  readonly section?: string;
  readonly offset?: number;
}

export interface ModuleRefused extends Place {
  readonly code: "module-refused";
  readonly rule: RuleName;
}

/** @param message what is wrong and how to mend it, one line; the place is appended. */
export function refusal(rule: RuleName, place: Place, message: string): QuorateError<ModuleRefused> {
  const where = [
    place.section === undefined ? "" : ` in section ${place.section}`,
    place.offset === undefined ? "" : ` at offset ${place.offset}`,
  ].join("");
  return new QuorateError<ModuleRefused>({ code: "module-refused", rule, ...place }, `${message} [${rule}${where}]`);
}

export function isModuleRefusal(error: unknown): error is QuorateError<ModuleRefused> {
  return error instanceof QuorateError && error.code === "module-refused";
}

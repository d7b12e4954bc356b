import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { StageName, StageReport } from "./stage.ts";

/** What a module can be refused for. Stable: scripts and tests match on these. */
export const RULE_NAMES = [
  "size",
  "header",
  "component",
  "invalid",
  "malformed",
  "section",
  "feature",
  "floats",
  "type",
  "import",
  "capability",
  "export",
  "memory",
  "table",
  "global",
  "functions",
  "function-size",
  "locals",
  "nesting",
  "branch-table",
  "data",
  "element",
  "metered-size",
  "instantiation",
  "admission-time",
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** Where in the module: section by name, offset in bytes from the module's first. */
export interface Place {
  readonly section?: string;
  readonly offset?: number;
}

export interface ModuleRefused extends Place {
  readonly code: "module-refused";
  readonly rule: RuleName;
  /** The stage of the admission that refused, and those that the module had passed. Absent outside the pipeline. */
  readonly stage?: StageName;
  readonly stages?: readonly StageReport[];
  /** The core module of a component that the place is in. */
  readonly core?: string;
}

/** @param message what is wrong and how to mend it, one line; the place is appended. */
export function refusal(rule: RuleName, place: Place, message: string): QuorateError<ModuleRefused> {
  const where = [
    place.section === undefined ? "" : ` in section ${place.section}`,
    place.offset === undefined ? "" : ` at offset ${place.offset}`,
  ].join("");
  const { section, offset } = place;
  const data = { ...(section !== undefined && { section }), ...(offset !== undefined && { offset }) };
  return new QuorateError<ModuleRefused>({ code: "module-refused", rule, ...data }, `${message} [${rule}${where}]`);
}

export function isModuleRefusal(error: unknown): error is QuorateError<ModuleRefused> {
  return error instanceof QuorateError && error.code === "module-refused";
}

/** Names come from a hostile file: control characters and more than a line's worth stay out of logs and terminals. */
export function printable(name: string): string {
  const text = name.replaceAll(/[^\x20-\x7e]/g, "?");
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

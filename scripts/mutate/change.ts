import type { Mutant } from "./mutant.ts";
import type { AstNode } from "./ast.ts";
import { rangeOf } from "./ast.ts";
import { onOneLine } from "../solidity/one-line.ts";
import type { SourceText } from "./source-text.ts";

/** A mutant that has no number yet: numbers are given when all are known. */
export interface Change extends Omit<Mutant, "id" | "occurrence"> {
  id: number;
  occurrence: number;
  readonly position: number;
  /** Places where it takes effect. One without any is no mutant. */
  sites: number;
}

export interface Place {
  readonly file: string;
  readonly source: SourceText;
  readonly node: AstNode;
  readonly ancestors: readonly AstNode[];
}

/** What a change is, where it is, and that it takes effect at one place so far. */
export function changeAt(
  { file, source, node, ancestors }: Place,
  { operator, replacement, original }: { operator: string; replacement: string; original?: string },
): Change {
  const { start } = rangeOf(node);
  return {
    ...{ id: 0, occurrence: 1, sites: 1, position: start },
    ...{ file, within: nameOfScope([...ancestors, node]), operator },
    original: onOneLine(original ?? source.slice(rangeOf(node))),
    replacement: onOneLine(replacement),
    line: source.slice({ start: 0, end: start }).split("\n").length,
  };
}

function nameOfScope(path: readonly AstNode[]): string {
  const named = path.filter(({ nodeType }) =>
    ["ContractDefinition", "FunctionDefinition", "ModifierDefinition"].includes(nodeType),
  );
  return named.map(({ name, kind }) => (kind === "constructor" ? "constructor" : String(name))).join(".");
}

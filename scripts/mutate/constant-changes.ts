import { text, typeOf, walk, type AstNode } from "./ast.ts";
import { changeAt, type Change } from "./change.ts";
import type { SourceText } from "./source-text.ts";

/** A contract's constant, one more and one less, wherever it is used. */
export interface ConstantChanges {
  readonly more: Change;
  readonly less: Change;
}

/** The changes of a file's integer constants. */
export function constantsOf(file: string, source: SourceText, unit: AstNode): Map<number, ConstantChanges> {
  const constants = new Map<number, ConstantChanges>();
  walk(unit, (node, ancestors) => {
    if (node.nodeType !== "VariableDeclaration" || node.constant !== true) return true;
    if (!/^u?int\d+$/.test(typeOf(node))) return false;
    const name = text(node, "name");
    const change = (replacement: string): Change => ({
      ...changeAt({ file, source, node, ancestors }, { operator: "constant", original: name, replacement }),
      sites: 0,
    });
    constants.set(Number(node.id), { more: change(`${name} + 1`), less: change(`${name} - 1`) });
    return false;
  });
  return constants;
}

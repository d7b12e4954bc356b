import { child, rangeOf, text, typeOf, type AstNode } from "../ast.ts";
import type { SourceText } from "../source-text.ts";
import type { Alternative } from "./alternative.ts";

/** Off by one, or turned round. */
const BOUNDARIES: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "==": "!=",
  "!=": "==",
};
const LOGIC: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" };
const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "&": "|",
  "|": "&",
  "^": "|",
  "<<": ">>",
  ">>": "<<",
};

/** What an expression of Solidity may become: of its own type, and computed from what it is computed from. */
export function alternativesOf(node: AstNode, parent: AstNode | undefined, source: SourceText): Alternative[] {
  return [...conditionOf(node, parent), ...operationOf(node, source)];
}

/** A check removed, and one that always fails. A loop that never ends tells nothing, so loops' conditions are left out. */
function conditionOf(node: AstNode, parent: AstNode | undefined): Alternative[] {
  const conditional = parent?.nodeType === "IfStatement" || parent?.nodeType === "Conditional";
  if (!conditional || parent.condition !== node) return [];
  return [
    { operator: "never", replacement: "false" },
    { operator: "always", replacement: "true" },
  ];
}

function operationOf(node: AstNode, source: SourceText): Alternative[] {
  const textOf = (part: AstNode) => source.slice(rangeOf(part));
  if (node.nodeType === "UnaryOperation" && node.operator === "!") {
    return [{ operator: "negation", replacement: textOf(child(node, "subExpression")) }];
  }
  if (node.nodeType !== "BinaryOperation" || isConstant(node)) return [];
  const operator = text(node, "operator");
  const [left, right] = [child(node, "leftExpression"), child(node, "rightExpression")];
  const [a, b] = [textOf(left), textOf(right)];
  const swapped = (name: string, table: Readonly<Record<string, string>>): Alternative[] => {
    const other = table[operator];
    return other === undefined ? [] : [{ operator: name, replacement: `${a} ${other} ${b}` }];
  };
  const dropped = [a, b].map((replacement) => ({ operator: "dropped term", replacement }));
  return [
    ...swapped("boundary", BOUNDARIES),
    ...swapped("logic", LOGIC),
    ...(LOGIC[operator] === undefined ? [] : dropped),
    ...swapped("arithmetic", ARITHMETIC),
    ...offByOne(left, node).map((other) => ({ operator: "literal", replacement: `${other} ${operator} ${b}` })),
    ...offByOne(right, node).map((other) => ({ operator: "literal", replacement: `${a} ${operator} ${other}` })),
  ];
}

function isConstant(node: AstNode): boolean {
  return /^(int_const|rational_const)/.test(typeOf(node));
}

/** A small number's neighbours, where it is computed with or compared: a zero of bytes has none. */
function offByOne(node: AstNode, operation: AstNode): string[] {
  if (node.nodeType !== "Literal" || node.kind !== "number" || node.subdenomination) return [];
  const value = Number(text(node, "value"));
  if (!Number.isSafeInteger(value) || !/^u?int\d+$/.test(commonTypeOf(operation))) return [];
  return (value === 0 ? [1] : [value + 1, value - 1]).map(String);
}

function commonTypeOf(operation: AstNode): string {
  const type = operation.commonType;
  return typeof type === "object" && type !== null && "typeString" in type ? String(type.typeString) : "";
}

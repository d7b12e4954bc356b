import { children, child, rangeOf, text, type AstNode } from "../ast.ts";
import type { SourceText } from "../source-text.ts";
import type { Alternative } from "./alternative.ts";

/** What a call of each instruction may become, as a template over its arguments $1, $2, $3. */
const INSTRUCTIONS: Readonly<Record<string, readonly (readonly [operator: string, template: string])[]>> = {
  lt: [["boundary", "iszero(gt($1, $2))"]],
  gt: [["boundary", "iszero(lt($1, $2))"]],
  eq: [["boundary", "iszero(eq($1, $2))"]],
  iszero: [["negation", "gt($1, 0)"]],
  and: [
    ["logic", "or($1, $2)"],
    ["dropped term", "$1"],
    ["dropped term", "$2"],
  ],
  or: [
    ["logic", "and($1, $2)"],
    ["dropped term", "$1"],
    ["dropped term", "$2"],
  ],
  xor: [["logic", "or($1, $2)"]],
  add: [["arithmetic", "sub($1, $2)"]],
  sub: [["arithmetic", "add($1, $2)"]],
  mul: [
    ["dropped term", "$1"],
    ["dropped term", "$2"],
  ],
  mod: [["dropped term", "$1"]],
  addmod: [["arithmetic", "mulmod($1, $2, $3)"]],
  mulmod: [["arithmetic", "addmod($1, $2, $3)"]],
  shl: [["arithmetic", "shr($1, $2)"]],
  shr: [["arithmetic", "shl($1, $2)"]],
  sar: [["arithmetic", "shr($1, $2)"]],
  signextend: [["dropped term", "$2"]],
};

/** What an expression of Yul may become: a template over the arguments of the call, or over the expression itself as $1. */
export interface YulAlternative extends Alternative {
  readonly template: string;
}

/** A call's other forms. */
export function callAlternativesOf(node: AstNode, source: SourceText): YulAlternative[] {
  const parts = children(node, "arguments").map((part) => source.slice(rangeOf(part)));
  return (INSTRUCTIONS[instructionOf(node)] ?? []).map(([operator, template]) => ({
    operator,
    template,
    replacement: template.replaceAll(/\$(\d)/g, (_, position) => parts[Number(position) - 1] ?? ""),
  }));
}

/** A number's successor. */
export function literalAlternativesOf(node: AstNode, source: SourceText): YulAlternative[] {
  const written = source.slice(rangeOf(node));
  if (text(node, "kind") !== "number" || BigInt(written) > 2n ** 32n) return [];
  const successor = BigInt(written) + 1n;
  const next = written.startsWith("0x") ? `0x${successor.toString(16)}` : String(successor);
  return [{ operator: "literal", template: next, replacement: next }];
}

/** A condition that never holds, and one that always does; a loop's alone never, for always would be without end. */
export function yulConditionOf(node: AstNode, parent: AstNode | undefined): YulAlternative[] {
  const never = { operator: "never", template: "0", replacement: "0" };
  const always = { operator: "always", template: "1", replacement: "1" };
  if (parent?.condition !== node) return [];
  if (parent.nodeType === "YulIf") return [never, always];
  return parent.nodeType === "YulForLoop" ? [never] : [];
}

/** Whether leaving the statement out makes a mutant: not in a loop's head, where the loop would never end. */
export function isRemovable(node: AstNode, ancestors: readonly AstNode[], source: SourceText): boolean {
  if (node.nodeType !== "YulExpressionStatement" && node.nodeType !== "YulAssignment") return false;
  const inHead = ancestors.some((loop, depth) => {
    const below = ancestors[depth + 1] ?? node;
    return loop.nodeType === "YulForLoop" && (loop.post === below || loop.pre === below);
  });
  // The compiler wants every pointer to calldata to be set.
  return !inHead && !/^\w+\.(offset|length)\s*:=/.test(source.slice(rangeOf(node)));
}

export function instructionOf(node: AstNode): string {
  return text(child(node, "functionName"), "name");
}

import { child, rangeOf, typeOf, type AstNode, type Range } from "../ast.ts";
import type { SourceText } from "../source-text.ts";

const REMOVABLE = ["Assignment", "FunctionCall", "UnaryOperation"];

/** The stretch of a statement that can be left out: a state write, a call, an event; undefined for others. */
export function removableOf(node: AstNode, parent: AstNode | undefined, source: SourceText): Range | undefined {
  if (parent?.loopExpression === node || parent?.initializationExpression === node) return undefined;
  if (node.nodeType === "EmitStatement") return source.withSemicolon(rangeOf(node));
  if (node.nodeType !== "ExpressionStatement") return undefined;
  const expression = child(node, "expression");
  if (!REMOVABLE.includes(expression.nodeType)) return undefined;
  return isPointerAssignment(expression) ? undefined : source.withSemicolon(rangeOf(node));
}

/** The compiler wants every pointer to calldata or storage to be set. */
function isPointerAssignment(expression: AstNode): boolean {
  if (expression.nodeType !== "Assignment") return false;
  return /calldata|storage pointer/.test(typeOf(child(expression, "leftHandSide")));
}

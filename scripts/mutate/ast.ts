/** A node of the compiler's JSON AST, of Solidity or of Yul. Its other fields are read where they are known. */
export interface AstNode {
  readonly nodeType: string;
  /** Bytes from the file's beginning, length, file: "12:5:0". */
  readonly src: string;
  readonly id?: number;
  readonly [field: string]: unknown;
}

/** A stretch of a file, in bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export function rangeOf({ src }: AstNode): Range {
  const [start = 0, length = 0] = src.split(":").map(Number);
  return { start, end: start + length };
}

/** Told a node and its ancestors, of which the last is its parent. Answers whether to go on below the node. */
export type Visitor = (node: AstNode, ancestors: readonly AstNode[]) => boolean;

/** Visits a node and all below it, in the order of the source. */
export function walk(node: AstNode, visit: Visitor, ancestors: readonly AstNode[] = []): void {
  if (!visit(node, ancestors)) return;
  const below = [...ancestors, node];
  for (const child of childrenOf(node)) walk(child, visit, below);
}

function childrenOf(node: AstNode): AstNode[] {
  const children = Object.values(node)
    .flatMap((field): unknown[] => (Array.isArray(field) ? field : [field]))
    .filter(isNode);
  return children.toSorted((a, b) => rangeOf(a).start - rangeOf(b).start);
}

function isNode(field: unknown): field is AstNode {
  return typeof field === "object" && field !== null && "nodeType" in field && "src" in field;
}

/** A field that the grammar says is a node. */
export function child(node: AstNode, field: string): AstNode {
  const found = node[field];
  if (!isNode(found)) throw new TypeError(`${node.nodeType} at ${node.src} has no node ${field}`);
  return found;
}

/** A field that the grammar says is a list of nodes; nodes alone, without the holes of tuples. */
export function children(node: AstNode, field: string): AstNode[] {
  const found = node[field];
  return Array.isArray(found) ? found.filter(isNode) : [];
}

export function text(node: AstNode, field: string): string {
  const found = node[field];
  return typeof found === "string" ? found : "";
}

/** The compiler's name of an expression's type, e.g. "uint256" or "int_const 5". */
export function typeOf(node: AstNode): string {
  const types = node.typeDescriptions;
  return typeof types === "object" && types !== null && "typeString" in types ? String(types.typeString) : "";
}

import { children, child, rangeOf, walk, type AstNode, type Range } from "./ast.ts";
import { changeAt, type Change, type Place } from "./change.ts";
import type { ConstantChanges } from "./constant-changes.ts";
import { alternativesOf } from "./operators/expressions.ts";
import { removableOf } from "./operators/statements.ts";
import { SwitchedAssembly } from "./switched-assembly.ts";
import { Rewriter } from "./rewriter.ts";
import type { SourceText } from "./source-text.ts";
import { MAX_TURNS, SWITCH_IMPORT } from "./switch.ts";

/** What the files of one run know of each other. Keys are the compiler's numbers of declarations. */
export interface SharedDeclarations {
  readonly constants: ReadonlyMap<number, ConstantChanges>;
  /** What stands before a modifier's `_`, rewritten; undefined where the modifier does not end with `_`. */
  readonly guardOf: (modifier: number) => string | undefined;
}

/** Not changed: what is constant by the language's rules, what only names things, and what a revert says. */
const LEFT_OUT = [
  ...["ImportDirective", "PragmaDirective", "UsingForDirective", "StructDefinition", "EnumDefinition"],
  ...["EventDefinition", "ErrorDefinition", "UserDefinedValueTypeDefinition", "ParameterList", "RevertStatement"],
  ...["ElementaryTypeName", "ArrayTypeName", "UserDefinedTypeName", "Mapping", "FunctionTypeName"],
  ...["InheritanceSpecifier", "OverrideSpecifier", "StructuredDocumentation"],
];

/** One file and its mutants, all of them in it at once, each behind its switch. */
export class SwitchedFile {
  readonly changes: Change[] = [];
  readonly #file: string;
  readonly #source: SourceText;
  readonly #rewriter: Rewriter;
  readonly #shared: SharedDeclarations;
  readonly #loops: AstNode[] = [];

  constructor(
    file: string,
    { source, unit, shared }: { source: SourceText; unit: AstNode; shared: SharedDeclarations },
  ) {
    this.#file = file;
    this.#source = source;
    this.#shared = shared;
    this.#rewriter = new Rewriter(source);
    walk(unit, (node, ancestors) => this.#visit({ file, source, node, ancestors }));
    for (const loop of this.#loops) this.#bound(loop);
    const pragma = children(unit, "nodes").find(({ nodeType }) => nodeType === "PragmaDirective");
    if (pragma === undefined) throw new TypeError(`${file} has no pragma`);
    this.#rewriter.add(rangeOf(pragma), (inner) => `${inner} ${SWITCH_IMPORT}`);
  }

  /** The file's new content. The changes must have their numbers. */
  content(): string {
    return this.#rewriter.render({ start: 0, end: this.#source.length });
  }

  /** A stretch of the file with its mutants. */
  render(range: Range): string {
    return this.#rewriter.render(range);
  }

  /** Whether what lies below is changed as well. */
  #visit(place: Place): boolean {
    const { node, ancestors } = place;
    if (LEFT_OUT.includes(node.nodeType)) return false;
    if (node.nodeType === "VariableDeclaration" && node.constant === true) return false;
    if (node.nodeType === "FunctionDefinition") this.#guards(place);
    if (node.nodeType === "InlineAssembly") {
      this.#assembly(place);
      return false;
    }
    if (node.nodeType === "ForStatement" || node.nodeType === "WhileStatement") this.#loops.push(node);
    this.#constant(node);
    this.#expression(place);
    const range = removableOf(node, ancestors.at(-1), this.#source);
    if (range !== undefined) this.#removable(place, range);
    return true;
  }

  #expression(place: Place): void {
    const { node, ancestors } = place;
    const changes = alternativesOf(node, ancestors.at(-1), this.#source).map((other) => ({
      change: this.#note(changeAt(place, other)),
      replacement: other.replacement,
    }));
    if (changes.length === 0) return;
    this.#rewriter.add(rangeOf(node), (inner) => {
      const others = changes.map(({ change, replacement }) => `mutantIs(${change.id}) ? ${replacement} : `);
      return `(${others.join("")}(${inner}))`;
    });
  }

  #removable(place: Place, range: Range): void {
    const original = this.#source.slice(range);
    const change = this.#note(changeAt(place, { operator: "removed", original, replacement: "" }));
    this.#rewriter.add(range, (inner) => `{ if (!mutantIs(${change.id})) { ${inner} } }`);
  }

  /** A modifier without arguments becomes a call of what it checks at the head of the function, where it can be left out. */
  #guards(place: Place): void {
    const body = place.node.body as AstNode | null | undefined;
    for (const invocation of children(place.node, "modifiers")) {
      const name = child(invocation, "modifierName");
      const guarded = invocation.kind === "modifierInvocation" && children(invocation, "arguments").length === 0;
      if (!guarded || !body) continue;
      const modifier = Number(name.referencedDeclaration);
      const original = this.#source.slice(rangeOf(invocation));
      const inPlace = { ...place, node: invocation, ancestors: [...place.ancestors, place.node] };
      const change = this.#note(changeAt(inPlace, { operator: "modifier removed", original, replacement: "" }));
      this.#rewriter.add(rangeOf(invocation), () => "");
      this.#rewriter.add(rangeOf(body), (inner) => {
        const guard = this.#shared.guardOf(modifier);
        if (guard === undefined) throw new TypeError(`${this.#file}: the modifier ${original} does not end with _`);
        return `{ if (!mutantIs(${change.id})) { ${guard} } ${inner} }`;
      });
    }
  }

  /** Lets a loop end. The body's own mutants lie within: none of them takes the bound away. */
  #bound(loop: AstNode): void {
    const body = this.#source.withSemicolon(rangeOf(child(loop, "body")));
    this.#rewriter.add(body, (inner) => `{ if (++turns_ > ${MAX_TURNS}) revert(); ${inner} }`);
    this.#rewriter.add(this.#source.withSemicolon(rangeOf(loop)), (inner) => `{ uint256 turns_; ${inner} }`);
  }

  #constant(node: AstNode): void {
    if (node.nodeType !== "Identifier" && node.nodeType !== "MemberAccess") return;
    const changes = this.#shared.constants.get(Number(node.referencedDeclaration));
    if (changes === undefined) return;
    const { more, less } = changes;
    for (const change of [more, less]) change.sites++;
    this.#rewriter.add(
      rangeOf(node),
      (inner) => `(mutantIs(${more.id}) ? ${inner} + 1 : mutantIs(${less.id}) ? ${inner} - 1 : ${inner})`,
    );
  }

  #assembly(place: Place): void {
    const assembly = new SwitchedAssembly(place, this.#rewriter, this.#shared.constants);
    this.changes.push(...assembly.changes);
  }

  #note(change: Change): Change {
    this.changes.push(change);
    return change;
  }
}

/** What stands before the `_` of a modifier, where that is all; undefined for other modifiers. */
export function guardRange(modifier: AstNode): Range | undefined {
  const body = child(modifier, "body");
  const last = children(body, "statements").at(-1);
  if (last?.nodeType !== "PlaceholderStatement") return undefined;
  return { start: rangeOf(body).start + 1, end: rangeOf(last).start };
}

import { child, rangeOf, walk, type AstNode } from "./ast.ts";
import { changeAt, type Change, type Place } from "./change.ts";
import {
  callAlternativesOf,
  instructionOf,
  isRemovable,
  literalAlternativesOf,
  yulConditionOf,
  type YulAlternative,
} from "./operators/yul.ts";
import type { Rewriter } from "./rewriter.ts";
import { MAX_TURNS } from "./switch.ts";
import type { ConstantChanges } from "./constant-changes.ts";

/** The Solidity variable that holds the number of the mutant for a block of assembly. */
const NOW = "mutant_";
/** Counts how often the loops of a block have turned. */
const TURNS = "$turns";

/** Results of which the mutant's number chooses one: expressions over the names given. */
interface Choice {
  readonly alternatives: readonly YulAlternative[];
  readonly given: readonly string[];
  readonly otherwise: string;
}

interface ExternalReference {
  readonly declaration: number;
  readonly src: string;
}

/**
 * One block of inline assembly and its mutants. Yul knows no conditional expression, so each place that mutants change becomes a call
 * of a function of the block, which is told the number of the mutant that is switched on.
 */
export class SwitchedAssembly {
  readonly changes: Change[] = [];
  readonly #rewriter: Rewriter;
  readonly #place: Place;
  readonly #functions: (() => string)[] = [];

  constructor(place: Place, rewriter: Rewriter, constants: ReadonlyMap<number, ConstantChanges>) {
    this.#rewriter = rewriter;
    this.#place = place;
    const block = child(place.node, "AST");
    walk(block, (node, within) => this.#visit(node, within));
    this.#constants(constants);
    rewriter.add(rangeOf(block), (inner) => {
      const functions = this.#functions.map((write) => write()).join(" ");
      return `{ ${functions} let ${TURNS} := 0 ${inner.slice(1)}`;
    });
    rewriter.add(rangeOf(place.node), (inner) => `{ uint256 ${NOW} = mutantNow(); ${inner} }`);
  }

  #visit(node: AstNode, within: readonly AstNode[]): true {
    const { source } = this.#place;
    const parent = within.at(-1);
    if (node.nodeType === "YulFunctionCall") {
      this.#call(node, callAlternativesOf(node, source));
    } else if (node.nodeType === "YulLiteral" && parent?.nodeType !== "YulCase") {
      this.#literal(node, literalAlternativesOf(node, source));
    } else if (isRemovable(node, within, source)) {
      const change = this.#note(node, { operator: "removed", replacement: "" });
      this.#rewriter.add(rangeOf(node), (inner) => `if iszero(eq(${NOW}, ${change.id})) { ${inner} }`);
    }
    this.#condition(node, yulConditionOf(node, parent));
    if (node.nodeType === "YulForLoop") this.#bound(child(node, "body"));
    return true;
  }

  /** Lets a loop end. */
  #bound(body: AstNode): void {
    const bound = `${TURNS} := add(${TURNS}, 1) if gt(${TURNS}, ${MAX_TURNS}) { revert(0, 0) }`;
    this.#rewriter.add(rangeOf(body), (inner) => `{ ${bound} ${inner.slice(1)}`);
  }

  #call(node: AstNode, alternatives: readonly YulAlternative[]): void {
    if (alternatives.length === 0) return;
    const instruction = instructionOf(node);
    const count = (node.arguments as readonly AstNode[]).length;
    const given = Array.from({ length: count }, (_, position) => `$${position + 1}`);
    const name = this.#function(node, { alternatives, given, otherwise: `${instruction}(${given.join(", ")})` });
    this.#rewriter.add(rangeOf(node), (inner) => inner.replace(`${instruction}(`, `${name}(${NOW}, `));
  }

  #literal(node: AstNode, alternatives: readonly YulAlternative[]): void {
    if (alternatives.length === 0) return;
    const otherwise = this.#place.source.slice(rangeOf(node));
    const name = this.#function(node, { alternatives, given: [], otherwise });
    this.#rewriter.add(rangeOf(node), () => `${name}(${NOW})`);
  }

  #condition(node: AstNode, alternatives: readonly YulAlternative[]): void {
    if (alternatives.length === 0) return;
    const name = this.#function(node, { alternatives, given: ["$1"], otherwise: "$1" });
    this.#rewriter.add(rangeOf(node), (inner) => `${name}(${NOW}, ${inner})`);
  }

  #constants(constants: ReadonlyMap<number, ConstantChanges>): void {
    const references = this.#place.node.externalReferences as readonly ExternalReference[];
    for (const { declaration, src } of references) {
      const changes = constants.get(declaration);
      if (changes === undefined) continue;
      const { more, less } = changes;
      for (const change of [more, less]) change.sites++;
      this.#rewriter.add(
        rangeOf({ nodeType: "YulIdentifier", src }),
        (inner) => `add(${inner}, sub(eq(${NOW}, ${more.id}), eq(${NOW}, ${less.id})))`,
      );
    }
  }

  /** Writes a function that gives one of several results by the mutant's number. Answers with its name. */
  #function(node: AstNode, { alternatives, given, otherwise }: Choice): string {
    const changes = alternatives.map((alternative) => ({ change: this.#note(node, alternative), alternative }));
    const name = `$m${this.#functions.length}`;
    this.#functions.push(() => {
      const cases = changes.map(({ change, alternative }) => `case ${change.id} { $r := ${alternative.template} }`);
      const choice = `switch $n ${cases.join(" ")} default { $r := ${otherwise} }`;
      return `function ${name}(${["$n", ...given].join(", ")}) -> $r { ${choice} }`;
    });
    return name;
  }

  #note(node: AstNode, { operator, replacement }: { operator: string; replacement: string }): Change {
    const { ancestors } = this.#place;
    const change = changeAt(
      { ...this.#place, node, ancestors: [...ancestors, this.#place.node] },
      { operator, replacement },
    );
    this.changes.push(change);
    return change;
  }
}

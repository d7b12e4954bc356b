import { mergeEqualWires } from "./constraint-system.ts";
import type { ConstraintSystem, Product } from "./constraint-system.ts";
import { Knowledge, PROVEN } from "./knowledge.ts";
import { formOf } from "./linear-form.ts";
import type { LinearForm } from "./linear-form.ts";
import { splitCases } from "./rules/case-split.ts";
import { differenceEquations, settle } from "./rules/differences.ts";
import { eliminate } from "./rules/elimination.ts";
import { learnFacts, reduceConstraint } from "./rules/facts.ts";
import type { Term } from "../setup/r1cs-file.ts";

/**
 * Which wires of a system are determined: equal in any two assignments that satisfy it and agree on the wires that were
 * given. What it says to be determined is; what it does not may be all the same, for a reason that its rules do not see.
 *
 * The rules follow Ecne (Wang, 2022, https://0xparc.org/blog/ecne), Picus (Pailoor et al.: Automated Detection of
 * Under-Constrained Circuits in Zero-Knowledge Proofs, PLDI 2023) and CIVER (Isabel et al.: Scalable Verification of
 * Zero-Knowledge Protocols, IEEE S&P 2024), without their solvers: propagation over known factors, ranges of bits and their
 * sums, one-hot rows, a case split on a known factor, and linear elimination.
 */
export class Deduction {
  readonly #knowledge: Knowledge;
  readonly #products: readonly Product[];
  readonly #standsFor: (wire: number) => number;
  readonly #queue: number[] = [];
  readonly #isQueued: Uint8Array;

  constructor(system: ConstraintSystem) {
    const { products, standsFor } = mergeEqualWires(system);
    const byWire = constraintsByWire(products);
    this.#products = products;
    this.#standsFor = standsFor;
    this.#isQueued = new Uint8Array(products.length);
    const enqueue = (constraint: number) => {
      if (this.#isQueued[constraint] === 0) this.#queue.push(constraint);
      this.#isQueued[constraint] = 1;
    };
    this.#knowledge = new Knowledge({
      modulus: system.modulus,
      wires: system.wires,
      onLearn: (wire) => byWire.get(wire)?.forEach(enqueue),
    });
    products.forEach((_, constraint) => enqueue(constraint));
  }

  /** Takes wires as given. Returns whether one of them was not determined already. */
  give(wires: Iterable<number>): boolean {
    let isNew = false;
    for (const wire of wires) isNew = this.#knowledge.learn(this.#standsFor(wire), PROVEN) || isNew;
    return isNew;
  }

  /** Takes for granted that a sum is never 0. Returns false where that follows already. @param number names the assumption. */
  assumeNonzero(terms: readonly Term[], number: number): boolean {
    const { modulus } = this.#knowledge;
    const merged = terms.map(({ wire, coefficient }) => ({ wire: this.#standsFor(wire), coefficient }));
    return this.#knowledge.exclude(this.#knowledge.reduce(formOf(modulus, merged)), new Set([number]));
  }

  /** Applies the rules until none says anything new. */
  run(): void {
    do this.#propagate();
    while (this.#eliminate() || splitCases(this.#knowledge, this.#openProducts()));
  }

  isDetermined(wire: number): boolean {
    return this.#knowledge.isKnown(this.#standsFor(wire));
  }

  /** Assumptions without which less would be determined by this way of deduction. */
  get usedAssumptions(): ReadonlySet<number> {
    return this.#knowledge.used;
  }

  #propagate(): void {
    // It grows while it is read.
    for (const constraint of this.#queue) {
      this.#isQueued[constraint] = 0;
      const reduced = reduceConstraint(this.#knowledge, this.#product(constraint));
      learnFacts(this.#knowledge, reduced);
      for (const equation of differenceEquations(this.#knowledge, reduced)) settle(this.#knowledge, equation);
    }
    this.#queue.length = 0;
  }

  #eliminate(): boolean {
    const stuck = this.#products.flatMap((product) =>
      differenceEquations(this.#knowledge, reduceConstraint(this.#knowledge, product)).filter(
        ({ terms }) => terms.length > 1,
      ),
    );
    const outcomes = eliminate(this.#knowledge.modulus, stuck).map((equation) => settle(this.#knowledge, equation));
    return outcomes.includes(true);
  }

  #openProducts(): Product[] {
    return this.#products.flatMap((product) => {
      const reduced = reduceConstraint(this.#knowledge, product);
      return "product" in reduced ? [reduced.product] : [];
    });
  }

  #product(constraint: number): Product {
    const product = this.#products[constraint];
    if (product === undefined) throw new RangeError(`no constraint ${constraint}`);
    return product;
  }
}

function constraintsByWire(products: readonly Product[]): Map<number, number[]> {
  const byWire = new Map<number, number[]>();
  const add = ({ terms }: LinearForm, constraint: number) => {
    for (const { wire } of terms) {
      const list = byWire.get(wire);
      if (list === undefined) byWire.set(wire, [constraint]);
      else if (list.at(-1) !== constraint) list.push(constraint);
    }
  };
  products.forEach(({ a, b, c }, constraint) => [a, b, c].forEach((form) => add(form, constraint)));
  return byWire;
}

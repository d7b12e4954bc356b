import { formOf } from "./linear-form.ts";
import type { LinearForm } from "./linear-form.ts";
import type { Constraint, Term } from "../setup/r1cs-file.ts";

/** Constraints over any prime field: of a circuit, or of a test with a small prime. */
export interface ConstraintSystem {
  readonly modulus: bigint;
  /** Wire 0, the constant 1, included. */
  readonly wires: number;
  readonly constraints: readonly Constraint[];
}

/** a · b = c between linear forms. */
export interface Product {
  readonly a: LinearForm;
  readonly b: LinearForm;
  readonly c: LinearForm;
}

/** A system in which wires that a constraint says to be equal are one. */
export interface MergedSystem {
  readonly products: readonly Product[];
  /** The wire that stands for a wire in `products`. */
  readonly standsFor: (wire: number) => number;
}

/** Merges the two sides of every constraint `x = y`: unsimplified circuits consist of these for the most part. */
export function mergeEqualWires({ modulus, wires, constraints }: ConstraintSystem): MergedSystem {
  const parents = Int32Array.from({ length: wires }, (_, wire) => wire);
  const standsFor = (wire: number): number => {
    let root = wire;
    while (parents[root] !== root) root = parents[root] ?? 0;
    parents[wire] = root;
    return root;
  };
  const merged = (terms: readonly Term[]) =>
    formOf(
      modulus,
      terms.map(({ wire, coefficient }) => ({ wire: standsFor(wire), coefficient })),
    );
  for (const constraint of constraints) {
    const pair = equalWires(modulus, constraint);
    if (pair === undefined) continue;
    const [one, other] = pair.map(standsFor) as [number, number];
    parents[Math.max(one, other)] = Math.min(one, other);
  }
  const products = constraints.map(({ a, b, c }) => ({ a: merged(a), b: merged(b), c: merged(c) }));
  return { products, standsFor };
}

/** The two wires of a constraint that says no more than that these are equal. */
function equalWires(modulus: bigint, { a, b, c }: Constraint): readonly [number, number] | undefined {
  if (a.length * b.length > 0 || c.length !== 2) return undefined;
  const [one, other] = formOf(modulus, c).terms;
  if (one === undefined || other === undefined) return undefined;
  return one.coefficient + other.coefficient === modulus ? [one.wire, other.wire] : undefined;
}

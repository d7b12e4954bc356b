import type { Grounds, Knowledge } from "../knowledge.ts";
import { PROVEN } from "../knowledge.ts";
import { plus, ratio } from "../linear-form.ts";
import type { LinearForm } from "../linear-form.ts";
import { isUnambiguous } from "../ranges.ts";
import type { Term } from "../../setup/r1cs-file.ts";
import { zeroProduct } from "./facts.ts";
import type { Reduced } from "./facts.ts";

/**
 * Σ coefficient · δ(wire) = 0, where δ is a wire's difference between two assignments that agree on what is given. Known
 * wires, whose difference is 0, are left out.
 */
export interface DifferenceEquation {
  readonly terms: readonly Term[];
  readonly grounds: Grounds;
}

/** What a constraint says of the differences of its unknown wires, as equations with constant coefficients. */
export function differenceEquations(knowledge: Knowledge, constraint: Reduced): DifferenceEquation[] {
  if ("zero" in constraint) return [{ terms: knowledge.unknownOf(constraint.zero), grounds: PROVEN }];
  const { a, b, c } = constraint.product;
  const equations = [...ofKnownFactor(knowledge, a, [b, c]), ...ofKnownFactor(knowledge, b, [a, c])];
  const factors = zeroProduct(knowledge, constraint.product);
  if (factors === undefined) return equations;
  return [...equations, ...ofZeroProduct(knowledge, factors), ...ofZeroProduct(knowledge, factors.toReversed())];
}

/** f is known, so f · δg = δc: with δc = ν · δg it is (f − ν) · δg = 0. */
function ofKnownFactor(
  knowledge: Knowledge,
  f: LinearForm,
  [g, c]: readonly [LinearForm, LinearForm],
): DifferenceEquation[] {
  if (knowledge.unknownOf(f).length > 0) return [];
  const [factorTerms, resultTerms] = [knowledge.unknownOf(g), knowledge.unknownOf(c)];
  if (factorTerms.length === 0) return [{ terms: resultTerms, grounds: PROVEN }];
  const factor = ratio(knowledge.modulus, resultTerms, factorTerms);
  if (factor === undefined) return [];
  const grounds = knowledge.nonzero(plus(knowledge.modulus, f, [-factor, { constant: 1n, terms: [] }]));
  return grounds === undefined ? [] : [{ terms: factorTerms, grounds }];
}

/** f · g = 0 with an f that is never 0: g is 0 in both assignments. */
function ofZeroProduct(knowledge: Knowledge, [f, g]: readonly LinearForm[]): DifferenceEquation[] {
  const grounds = f === undefined ? undefined : knowledge.nonzero(f);
  return grounds === undefined || g === undefined ? [] : [{ terms: knowledge.unknownOf(g), grounds }];
}

/** Learns all wires of an equation that leaves them no difference. Returns whether it did. */
export function settle(knowledge: Knowledge, { terms, grounds }: DifferenceEquation): boolean {
  if (terms.length === 0) return false;
  if (terms.length > 1 && !isUnambiguous(knowledge.modulus, terms, (wire) => knowledge.rangeOf(wire))) {
    if (!isOneHot(knowledge, terms)) return false;
  }
  for (const { wire } of terms) knowledge.learn(wire, grounds);
  return true;
}

/** Each wire is 0 unless one known form has a value of its own: so at most one of them differs. */
function isOneHot(knowledge: Knowledge, terms: readonly Term[]): boolean {
  const gates = terms.flatMap(({ wire }) => knowledge.gateOf(wire) ?? []);
  const forms = new Set(gates.map(({ form }) => form));
  const roots = new Set(gates.map(({ root }) => root));
  return forms.size === 1 && roots.size === terms.length;
}

import { mod } from "@noble/curves/abstract/modular.js";
import type { Product } from "../constraint-system.ts";
import { PROVEN } from "../knowledge.ts";
import type { Grounds, Knowledge } from "../knowledge.ts";
import { keyOf, plus, quotient, ratio } from "../linear-form.ts";
import type { LinearForm } from "../linear-form.ts";
import { rangeOfForm } from "../ranges.ts";

/** A constraint as its constants leave it: a linear form that is 0, or a product of two forms that are no constants. */
export type Reduced = { readonly zero: LinearForm } | { readonly product: Product };

export function reduceConstraint(knowledge: Knowledge, { a, b, c }: Product): Reduced {
  const [left, right, result] = [knowledge.reduce(a), knowledge.reduce(b), knowledge.reduce(c)];
  const difference = (factor: LinearForm, other: LinearForm) =>
    ({ zero: plus(knowledge.modulus, scaled(knowledge, result, -1n), [factor.constant, other]) }) as const;
  if (left.terms.length === 0) return difference(left, right);
  if (right.terms.length === 0) return difference(right, left);
  return { product: { a: left, b: right, c: result } };
}

function scaled({ modulus }: Knowledge, form: LinearForm, factor: bigint): LinearForm {
  return plus(modulus, { constant: 0n, terms: [] }, [factor, form]);
}

/** The two factors f, g of a constraint that says f · g = 0: as it stands, or after `a · b = ν · a` became a · (b − ν) = 0. */
export function zeroProduct(
  { modulus }: Knowledge,
  { a, b, c }: Product,
): readonly [LinearForm, LinearForm] | undefined {
  for (const [f, g] of [[a, b] as const, [b, a] as const]) {
    const factor = ratio(modulus, c.terms, f.terms);
    if (factor === undefined || mod(factor * f.constant, modulus) !== c.constant) continue;
    return [f, plus(modulus, g, [-factor, { constant: 1n, terms: [] }])];
  }
  return undefined;
}

/** Takes what a constraint says of each assignment by itself: constants, ranges, gates, and forms that are never 0. */
export function learnFacts(knowledge: Knowledge, constraint: Reduced): void {
  if ("zero" in constraint) {
    learnZero(knowledge, constraint.zero, PROVEN);
    return;
  }
  const factors = zeroProduct(knowledge, constraint.product);
  if (factors !== undefined) learnFactors(knowledge, factors);
  learnNonzero(knowledge, constraint.product);
}

/** A linear form is 0: its only wire is a constant, or a wire has the range of a sum. */
function learnZero(knowledge: Knowledge, form: LinearForm, grounds: Grounds): void {
  const { modulus } = knowledge;
  const [first, ...more] = form.terms;
  if (first === undefined) return;
  if (more.length === 0) {
    knowledge.fix(first.wire, quotient(modulus, -form.constant, first.coefficient), grounds);
    return;
  }
  if (grounds.size > 0) return; // ranges carry no grounds
  const open = form.terms.filter(({ wire }) => knowledge.rangeOf(wire) === undefined);
  const [only] = open;
  if (only === undefined || open.length > 1) return;
  const rest = { constant: form.constant, terms: form.terms.filter((term) => term !== only) };
  const sum = scaled(knowledge, rest, quotient(modulus, -1n, only.coefficient));
  const range = rangeOfForm(modulus, sum, (wire) => knowledge.rangeOf(wire));
  if (range !== undefined) knowledge.bound(only.wire, range);
}

function learnFactors(knowledge: Knowledge, [f, g]: readonly [LinearForm, LinearForm]): void {
  for (const [one, other] of [[f, g] as const, [g, f] as const]) {
    const grounds = knowledge.nonzero(one);
    if (grounds !== undefined) learnZero(knowledge, other, grounds);
    learnGate(knowledge, one, other);
  }
  learnRoots(knowledge, f, g);
}

/** wire · form = 0 with a form that is known. */
function learnGate(knowledge: Knowledge, wire: LinearForm, form: LinearForm): void {
  const [only, ...more] = wire.terms;
  const [lead] = form.terms;
  if (only === undefined || more.length > 0 || wire.constant !== 0n || lead === undefined) return;
  if (knowledge.isKnown(only.wire) || knowledge.unknownOf(form).length > 0) return;
  const { modulus } = knowledge;
  knowledge.gate(only.wire, {
    form: keyOf(modulus, { ...form, constant: 0n }),
    root: quotient(modulus, -form.constant, lead.coefficient),
  });
}

/** Two factors of one wire: it is one of two numbers. */
function learnRoots(knowledge: Knowledge, f: LinearForm, g: LinearForm): void {
  const [first, ...more] = f.terms;
  const [second] = g.terms;
  if (first === undefined || more.length > 0 || g.terms.length !== 1 || second?.wire !== first.wire) return;
  const { modulus } = knowledge;
  const root = quotient(modulus, -f.constant, first.coefficient);
  const other = quotient(modulus, -g.constant, second.coefficient);
  const [low, high] = root < other ? [root, other] : [other, root];
  if (low === high) knowledge.fix(first.wire, low, PROVEN);
  else knowledge.bound(first.wire, { base: low, step: high - low, count: 1n });
}

/** Factors of what is not 0 are not 0, and a product of such is not. */
function learnNonzero(knowledge: Knowledge, { a, b, c }: Product): void {
  const { modulus } = knowledge;
  for (const [f, g] of [[a, b] as const, [b, a] as const]) {
    const factor = ratio(modulus, c.terms, g.terms);
    // f · g = factor · g + rest, so (f − factor) · g = rest.
    if (factor === undefined || mod(factor * g.constant, modulus) === c.constant) continue;
    knowledge.exclude(g, PROVEN);
    knowledge.exclude(plus(modulus, f, [-factor, { constant: 1n, terms: [] }]), PROVEN);
  }
  const grounds = knowledge.nonzero(c);
  if (grounds !== undefined) for (const factor of [a, b]) knowledge.exclude(factor, grounds);
  const [left, right] = [knowledge.nonzero(a), knowledge.nonzero(b)];
  if (left !== undefined && right !== undefined) knowledge.exclude(c, new Set([...left, ...right]));
}

import { invert, mod } from "@noble/curves/abstract/modular.js";
import { quotient, signed } from "./linear-form.ts";
import type { LinearForm } from "./linear-form.ts";
import type { Term } from "../setup/r1cs-file.ts";

/** A value that is base + step · s for some integer s from 0 to `count`. A bit has base 0, step 1 and count 1. */
export interface Range {
  readonly base: bigint;
  /** Not 0. */
  readonly step: bigint;
  readonly count: bigint;
}

export type RangeOf = (wire: number) => Range | undefined;

/** A term of a sum of integers: weight · s with 0 ≤ s ≤ count. */
interface Weighted {
  readonly weight: bigint;
  readonly count: bigint;
}

/**
 * The form as a range, where all its wires have one and the sum of their parts does not pass the modulus. Tries two steps:
 * 1 and that of the first wire.
 */
export function rangeOfForm(modulus: bigint, { constant, terms }: LinearForm, rangeOf: RangeOf): Range | undefined {
  let base = constant;
  for (const { wire, coefficient } of terms) {
    const range = rangeOf(wire);
    if (range === undefined) return undefined;
    base += coefficient * range.base;
  }
  for (const step of stepsOf(modulus, terms, rangeOf)) {
    const parts = weighted(modulus, terms, { rangeOf, step });
    const count = parts.reduce((sum, part) => sum + magnitude(part.weight) * part.count, 0n);
    if (count >= modulus) continue;
    // A part of negative weight counts from its other end.
    const below = parts.reduce((sum, part) => (part.weight < 0n ? sum + part.weight * part.count : sum), 0n);
    return { base: mod(base + step * below, modulus), step, count };
  }
  return undefined;
}

/** Whether a range holds 0. */
export function holdsZero(modulus: bigint, { base, step, count }: Range): boolean {
  return quotient(modulus, -base, step) <= count;
}

/**
 * Whether Σ coefficient · difference = 0 mod p leaves no other solution than all differences 0, for differences between two
 * values of these ranges: each weight is larger than all that the smaller ones can add up to, and all together stay below p.
 */
export function isUnambiguous(modulus: bigint, terms: readonly Term[], rangeOf: RangeOf): boolean {
  if (terms.some(({ wire }) => rangeOf(wire) === undefined)) return false;
  return stepsOf(modulus, terms, rangeOf).some((step) => {
    const parts = weighted(modulus, terms, { rangeOf, step });
    parts.sort((one, other) => (magnitude(one.weight) < magnitude(other.weight) ? -1 : 1));
    let sum = 0n;
    for (const { weight, count } of parts) {
      if (magnitude(weight) <= sum) return false;
      sum += magnitude(weight) * count;
    }
    return sum < modulus;
  });
}

function stepsOf(modulus: bigint, [first]: readonly Term[], rangeOf: RangeOf): bigint[] {
  const step = first === undefined ? 1n : mod(first.coefficient * (rangeOf(first.wire)?.step ?? 1n), modulus);
  return step === 1n ? [1n] : [1n, step];
}

/** The integers that the terms' parts are, in units of a step. */
function weighted(
  modulus: bigint,
  terms: readonly Term[],
  { rangeOf, step }: { readonly rangeOf: RangeOf; readonly step: bigint },
): Weighted[] {
  const unit = invert(step, modulus);
  return terms.map(({ wire, coefficient }) => {
    const range = rangeOf(wire) ?? { step: 1n, count: modulus };
    return { weight: signed(modulus, mod(coefficient * range.step * unit, modulus)), count: range.count };
  });
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

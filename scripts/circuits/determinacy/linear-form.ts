import { invert, mod } from "@noble/curves/abstract/modular.js";
import type { Term } from "../setup/r1cs-file.ts";

/** constant + Σ coefficient · wire over a prime field: canonical coefficients, none of them 0, wires ascending, without wire 0. */
export interface LinearForm {
  readonly constant: bigint;
  readonly terms: readonly Term[];
}

/** Sums terms, in which a wire may stand several times and wire 0 is the constant 1. */
export function formOf(modulus: bigint, terms: Iterable<Term>): LinearForm {
  const sums = new Map<number, bigint>();
  for (const { wire, coefficient } of terms) sums.set(wire, (sums.get(wire) ?? 0n) + coefficient);
  const constant = mod(sums.get(0) ?? 0n, modulus);
  sums.delete(0);
  const reduced = [...sums].map(([wire, coefficient]) => ({ wire, coefficient: mod(coefficient, modulus) }));
  return {
    constant,
    terms: reduced.filter(({ coefficient }) => coefficient !== 0n).sort((one, other) => one.wire - other.wire),
  };
}

/** form + factor · other. */
export function plus(modulus: bigint, form: LinearForm, [factor, other]: readonly [bigint, LinearForm]): LinearForm {
  const constant = { wire: 0, coefficient: form.constant + factor * other.constant };
  const scaled = other.terms.map(({ wire, coefficient }) => ({ wire, coefficient: factor * coefficient }));
  return formOf(modulus, [constant, ...form.terms, ...scaled]);
}

/** ν with `terms` = ν · `of`, which is 0 where there are no terms; undefined where there is none. @param of at least one term. */
export function ratio(modulus: bigint, terms: readonly Term[], of: readonly Term[]): bigint | undefined {
  if (terms.length === 0) return 0n;
  if (terms.length !== of.length || terms.some(({ wire }, i) => wire !== of[i]?.wire)) return undefined;
  const factor = quotient(modulus, terms[0]?.coefficient ?? 0n, of[0]?.coefficient ?? 1n);
  const fits = terms.every(({ coefficient }, i) => coefficient === mod(factor * (of[i]?.coefficient ?? 0n), modulus));
  return fits ? factor : undefined;
}

/** a / b mod p. Throws where b is 0. */
export function quotient(modulus: bigint, a: bigint, b: bigint): bigint {
  return mod(a * invert(mod(b, modulus), modulus), modulus);
}

/** The integer of least absolute value that stands for an element. */
export function signed(modulus: bigint, element: bigint): bigint {
  return element > modulus >> 1n ? element - modulus : element;
}

/** The same for all multiples of a form, and for these alone. @param form at least one term. */
export function keyOf(modulus: bigint, { constant, terms }: LinearForm): string {
  const unit = invert(terms[0]?.coefficient ?? 1n, modulus);
  const scaled = terms.map(({ wire, coefficient }) => `${wire}*${mod(coefficient * unit, modulus).toString(36)}`);
  return [mod(constant * unit, modulus).toString(36), ...scaled].join("+");
}

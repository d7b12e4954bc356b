import { FIELD_MODULUS } from "../../../core/crypto/field.ts";

const P = FIELD_MODULUS;

/** 5 generates the multiplicative group. */
const GENERATOR = 5n;

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % P;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** A primitive 2^logSize-th root of unity, as snarkjs chooses it. p − 1 = 2²⁸ · odd, so logSize ≤ 28. */
export function rootOfUnity(logSize: number): bigint {
  return power(GENERATOR, (P - 1n) >> BigInt(logSize));
}

/** a⁻¹ by Fermat; 0 for 0. */
export function inverse(a: bigint): bigint {
  return power(a, P - 2n);
}

/** All inverses for the price of one and three multiplications each. Elements must not be 0. */
export function inverses(elements: readonly bigint[]): bigint[] {
  const prefix: bigint[] = [];
  let product = 1n;
  for (const element of elements) {
    prefix.push(product);
    product = (product * element) % P;
  }
  let suffix = inverse(product);
  const result = new Array<bigint>(elements.length);
  for (let i = elements.length - 1; i >= 0; i--) {
    result[i] = (suffix * (prefix[i] ?? 0n)) % P;
    suffix = (suffix * (elements[i] ?? 0n)) % P;
  }
  return result;
}

/**
 * Lagrange basis of the domain of 2^logSize roots of unity at x: L_i(x) = ωⁱ·(x^N − 1) / (N·(x − ωⁱ)).
 * @param x outside the domain, else the formula divides by zero: throws RangeError.
 */
export function lagrangeBasis(logSize: number, x: bigint): bigint[] {
  const size = 1 << logSize;
  const omega = rootOfUnity(logSize);
  const vanishing = (power(x, BigInt(size)) + P - 1n) % P;
  if (vanishing === 0n) throw new RangeError("the evaluation point lies in the domain");
  const factor = (vanishing * inverse(BigInt(size))) % P;
  const roots: bigint[] = [];
  for (let i = 0, root = 1n; i < size; i++, root = (root * omega) % P) roots.push(root);
  const denominators = inverses(roots.map((root) => (x + P - root) % P));
  return roots.map((root, i) => (((factor * root) % P) * (denominators[i] ?? 0n)) % P);
}

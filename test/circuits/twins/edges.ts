import fc from "fast-check";
import { SUBGROUP_ORDER } from "../../../core/crypto/babyjubjub.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";

const P = FIELD_MODULUS;
const L = SUBGROUP_ORDER;

export function modulo(value: bigint, modulus = P): bigint {
  return ((value % modulus) + modulus) % modulus;
}

/** Field elements where something begins or ends: the field, its signed reading, int96, the curve's orders, circuit words. */
export const EDGES: readonly bigint[] = [
  ...[0n, 1n, 2n, P - 1n, P - 2n, (P - 1n) / 2n, (P + 1n) / 2n],
  ...[2n ** 95n, 2n ** 96n, 2n ** 128n, 2n ** 251n, 2n ** 253n, L, 8n * L].flatMap((edge) => [
    ...[edge - 1n, edge, edge + 1n, -edge - 1n, -edge, 1n - edge].map((value) => modulo(value)),
  ]),
];

/** Any element, half of them edges. */
export const element: fc.Arbitrary<bigint> = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt(0n, P - 1n));

export function elements(length: number): fc.Arbitrary<bigint[]> {
  return fc.array(element, { minLength: length, maxLength: length });
}

/** Integers around the ends of a range and within it. */
export function around(low: bigint, high: bigint): fc.Arbitrary<bigint> {
  return fc.oneof(fc.constantFrom(low - 1n, low, low + 1n, high - 1n, high, high + 1n), fc.bigInt(low, high));
}

import { edwards } from "@noble/curves/abstract/edwards.js";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import type { Point } from "../types/observation.ts";
import { FIELD_MODULUS, isFieldElement } from "./field.ts";

/** l: order of the prime subgroup. The curve has 8·l points. */
export const SUBGROUP_ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

const COFACTOR = 8n;
/** 8⁻¹ mod l. */
const EIGHTH = 2394026564107420727433200628387514462817212225638746351800188703329891451411n;

/**
 * BabyJubJub in circomlib's form, a·x² + y² = 1 + d·x²·y² with a = 168700 (a square) and d = 168696 (not one), so that
 * addition is complete. The base point is circomlib's Base8, which generates the prime subgroup.
 */
const Curve = edwards({
  p: FIELD_MODULUS,
  n: SUBGROUP_ORDER,
  h: COFACTOR,
  a: 168700n,
  d: 168696n,
  Gx: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  Gy: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
});

/** circomlib's Base8 with a window table: 8 bits make a multiplication four times faster than the default. */
export const BASE8: EdwardsPoint = Curve.BASE.precompute(8);

/** The curve's point for affine coordinates, or undefined unless they are canonical and satisfy the equation. */
export function pointOnCurve({ x, y }: Point): EdwardsPoint | undefined {
  if (!isFieldElement(x) || !isFieldElement(y)) return undefined;
  try {
    const point = Curve.fromAffine({ x, y });
    point.assertValidity();
    return point;
  } catch {
    return undefined; // the library throws for points off the curve and for the identity
  }
}

/** Affine coordinates as plain data. */
export function affine(point: EdwardsPoint): Point {
  const { x, y } = point.toAffine();
  return { x, y };
}

/** Scalar multiplication of the base point in constant time. @param scalar any integer ≥ 0, reduced mod l; 0 mod l throws. */
export function multiplyBase(scalar: bigint): EdwardsPoint {
  return BASE8.multiply(scalar % SUBGROUP_ORDER);
}

/** Curve point of a key that may sign observations: on the curve, in the prime subgroup, not the identity; else undefined. */
export function observerKeyPoint(key: Point): EdwardsPoint | undefined {
  if (key.x === 0n) return undefined; // the identity and the point of order two; padding of the key list is (0, 1)
  const point = pointOnCurve(key);
  return point?.isTorsionFree() === true ? point : undefined;
}

/** Whether a key may be registered. Never throws for numbers. */
export function isValidObserverKey(key: Point): boolean {
  return observerKeyPoint(key) !== undefined;
}

/**
 * Q with 8·Q = A. A contract that doubles Q three times and finds A knows that A lies in the prime subgroup.
 * @param key a valid observer key; undefined otherwise.
 */
export function eighth(key: Point): Point | undefined {
  const point = observerKeyPoint(key);
  return point === undefined ? undefined : affine(point.multiplyUnsafe(EIGHTH));
}

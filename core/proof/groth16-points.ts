import type { WeierstrassPoint, WeierstrassPointCons } from "@noble/curves/abstract/weierstrass.js";
import { bn254 } from "@noble/curves/bn254.js";
import type { Groth16Proof } from "../ports/prover.ts";

/** q: order of BN254's base field, in which the points' coordinates are. */
export const COORDINATE_MODULUS = bn254.G1.Point.Fp.ORDER;

export type G1Point = InstanceType<typeof bn254.G1.Point>;
export type G2Point = InstanceType<typeof bn254.G2.Point>;

/** Why coordinates name no point of the group of order r. */
export type PointFlaw = "point-off-curve" | "point-outside-subgroup";

/** The point, or what is wrong with it. Coordinates are below q; (0, 0) is infinity, as for the EVM's precompiles. */
export function readG1([x, y]: Groth16Proof["a"]): G1Point | PointFlaw {
  return readPoint(bn254.G1.Point, { x, y });
}

/**
 * The same over the quadratic extension, each coordinate's imaginary part first. This curve has points outside the group of
 * order r: a pairing with one of them says nothing.
 */
export function readG2([[x1, x0], [y1, y0]]: Groth16Proof["b"]): G2Point | PointFlaw {
  const { Fp2 } = bn254.fields;
  return readPoint(bn254.G2.Point, { x: Fp2.fromBigTuple([x0, x1]), y: Fp2.fromBigTuple([y0, y1]) });
}

/** Whether the product of the pairings is 1. A pair with infinity contributes 1. */
export function pairingProductIsOne(pairs: readonly (readonly [G1Point, G2Point])[]): boolean {
  const terms = pairs.flatMap(([g1, g2]) => (g1.is0() || g2.is0() ? [] : [{ g1, g2 }]));
  const { Fp12 } = bn254.fields;
  return Fp12.eql(bn254.pairingBatch(terms), Fp12.ONE);
}

function readPoint<T>(
  curve: WeierstrassPointCons<T>,
  affine: { readonly x: T; readonly y: T },
): WeierstrassPoint<T> | PointFlaw {
  const { Fp } = curve;
  if (Fp.is0(affine.x) && Fp.is0(affine.y)) return curve.ZERO;
  // y² = x³ + b: both curves have a = 0. The library takes no other point, and throws at some.
  const isOnCurve = Fp.eql(Fp.sqr(affine.y), Fp.add(Fp.mul(Fp.sqr(affine.x), affine.x), curve.CURVE().b));
  if (!isOnCurve) return "point-off-curve";
  const point = curve.fromAffine(affine);
  return point.isTorsionFree() ? point : "point-outside-subgroup";
}

import { bn254 } from "@noble/curves/bn254.js";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import type { Groth16Proof } from "../../core/ports/prover.ts";
import type { Groth16Fault } from "../../core/proof/groth16.ts";
import { readGroth16Key } from "../../core/proof/groth16-key.ts";
import { type G1Point, type G2Point, readG1, readG2 } from "../../core/proof/groth16-points.ts";
import type { VerificationKey } from "../../core/proof/verification-key.ts";
import { developmentWaste } from "../../scripts/circuits/setup/toxic-waste.ts";

export type PublicSignals = readonly [bigint, bigint, bigint];

/** One question to all verifiers. */
export interface Groth16Case {
  readonly name: string;
  readonly proof: Groth16Proof;
  readonly signals: PublicSignals;
  /** The reason that ours gives; undefined where the proof holds. The generated Solidity verifier must agree. */
  readonly fault: Groth16Fault["code"] | undefined;
  /** Where snarkjs is known to say something else: it reduces coordinates mod q, so that a proof has many writings. */
  readonly snarkjsTakesIt?: true;
}

/** q: the coordinates' field. */
const Q = bn254.G1.Point.Fp.ORDER;
const { Fp2 } = bn254.fields;
const NOTHING: Groth16Proof["a"] = [0n, 0n];

/** Cases around one valid proof of a key of the development setup. */
export function groth16Cases(key: VerificationKey, proof: Groth16Proof, signals: PublicSignals): Groth16Case[] {
  return [...validCases(key, proof, signals), ...pointCases(proof, signals), ...signalCases(proof, signals)];
}

/** Valid ones that no prover made: whoever has a proof can make others of the same statement, and whoever has the secrets, any. */
function validCases(key: VerificationKey, proof: Groth16Proof, signals: PublicSignals): Groth16Case[] {
  const { delta } = readGroth16Key(key).points;
  const [a, b, c] = [g1Of(proof.a), g2Of(proof.b), g1Of(proof.c)];
  const s = 123_456_789n;
  const valid = (name: string, other: Groth16Proof): Groth16Case => ({ name, proof: other, signals, fault: undefined });
  return [
    valid("as it was made", proof),
    valid("a and b scaled against each other", {
      a: g1(a.multiply(s)),
      b: g2(b.multiply(bn254.fields.Fr.inv(s))),
      c: proof.c,
    }),
    valid("b moved along δ, c along a", { ...proof, b: g2(b.add(delta.multiply(s))), c: g1(c.add(a.multiply(s))) }),
    valid("forged with the setup's secrets, a infinite", forgedWithInfinity(key, signals)),
  ];
}

/** With a at infinity, c must make up for everything: −(αβ + γ·Σ) / δ. */
function forgedWithInfinity(key: VerificationKey, signals: PublicSignals): Groth16Proof {
  const { alpha, beta, gamma, delta } = developmentWaste();
  const { Fr } = bn254.fields;
  const [constant, ...inputs] = readGroth16Key(key).points.ic;
  const sum = inputs.reduce((total, input, i) => total.add(input.multiply(signals[i]!)), constant);
  const owed = bn254.G1.Point.BASE.multiply(Fr.mul(alpha, beta)).add(sum.multiply(gamma));
  return { a: NOTHING, b: g2(bn254.G2.Point.BASE), c: g1(owed.multiply(Fr.inv(delta)).negate()) };
}

function pointCases(proof: Groth16Proof, signals: PublicSignals): Groth16Case[] {
  const { a, b, c } = proof;
  const wrong = (name: string, change: Partial<Groth16Proof>, fault: Groth16Fault["code"]): Groth16Case => ({
    ...{ name, proof: { ...proof, ...change }, signals, fault },
  });
  const outside = outsideSubgroup();
  return [
    wrong("a negated", { a: [a[0], Q - a[1]] }, "pairing-equation"),
    wrong("a and c exchanged", { a: c, c: a }, "pairing-equation"),
    wrong("a's coordinates exchanged", { a: [a[1], a[0]] }, "point-off-curve"),
    wrong("b's coordinates exchanged", { b: [b[1], b[0]] }, "point-off-curve"),
    wrong("real and imaginary parts exchanged", { b: [flip(b[0]), flip(b[1])] }, "point-off-curve"),
    wrong("a with y = 0", { a: [1n, 0n] }, "point-off-curve"),
    wrong("c with x = 0", { c: [0n, 1n] }, "point-off-curve"),
    wrong("b outside the subgroup", { b: g2(outside) }, "point-outside-subgroup"),
    wrong("b moved out of the subgroup", { b: g2(g2Of(b).add(cofactorPart(outside))) }, "point-outside-subgroup"),
    wrong("a infinite", { a: NOTHING }, "pairing-equation"),
    wrong("b infinite", { b: [NOTHING, NOTHING] }, "pairing-equation"),
    wrong("c infinite", { c: NOTHING }, "pairing-equation"),
    wrong("all infinite", { a: NOTHING, b: [NOTHING, NOTHING], c: NOTHING }, "pairing-equation"),
    ...[
      wrong("a's x not reduced", { a: [a[0] + Q, a[1]] }, "coordinate-out-of-range"),
      wrong("b's y not reduced", { b: [b[0], [b[1][0] + Q, b[1][1]]] }, "coordinate-out-of-range"),
      wrong("c's y not reduced", { c: [c[0], c[1] + Q] }, "coordinate-out-of-range"),
    ].map((item): Groth16Case => ({ ...item, snarkjsTakesIt: true })),
    wrong("a's x is the largest word", { a: [2n ** 256n - 1n, a[1]] }, "coordinate-out-of-range"),
    wrong("infinity written as q", { a: [Q, Q] }, "coordinate-out-of-range"),
  ];
}

function signalCases(proof: Groth16Proof, [C, x, y]: PublicSignals): Groth16Case[] {
  const wrong = (name: string, signals: PublicSignals, fault: Groth16Fault["code"]): Groth16Case => ({
    ...{ name, proof, signals, fault },
  });
  return [
    wrong("C + r", [C + FIELD_MODULUS, x, y], "public-signal-out-of-range"),
    wrong("y + r", [C, x, y + FIELD_MODULUS], "public-signal-out-of-range"),
    wrong("x = r", [C, FIELD_MODULUS, y], "public-signal-out-of-range"),
    wrong("x and y exchanged", [C, y, x], "pairing-equation"),
    wrong("y + 1", [C, x, (y + 1n) % FIELD_MODULUS], "pairing-equation"),
    wrong("no statement at all", [0n, 0n, 0n], "pairing-equation"),
  ];
}

/** The numbers of a question in one row: a, b, c, C, x, y. */
export function numbersOf({ a, b, c }: Groth16Proof, signals: PublicSignals): bigint[] {
  return [...a, ...b.flat(), ...c, ...signals];
}

/** The inverse. */
export function ofNumbers(numbers: readonly bigint[]): { proof: Groth16Proof; signals: PublicSignals } {
  const at = (i: number): bigint => numbers[i] ?? 0n;
  const pair = (i: number): [bigint, bigint] => [at(i), at(i + 1)];
  return { proof: { a: pair(0), b: [pair(2), pair(4)], c: pair(6) }, signals: [at(8), at(9), at(10)] };
}

/** A point of the twist that is not in the subgroup: the first x = n + i·1 with one. */
function outsideSubgroup(): G2Point {
  for (let n = 1n; ; n++) {
    const x = Fp2.fromBigTuple([n, 1n]);
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b);
    try {
      const point = bn254.G2.Point.fromAffine({ x, y: Fp2.sqrt(square) });
      if (!point.isTorsionFree()) return point;
    } catch {
      // Not a square: the next x.
    }
  }
}

/** r·P: what of a point is outside the subgroup. */
function cofactorPart(point: G2Point): G2Point {
  return point.multiplyUnsafe(FIELD_MODULUS - 1n).add(point);
}

function g1Of(pair: Groth16Proof["a"]): G1Point {
  const point = readG1(pair);
  if (typeof point === "string") throw new TypeError(point);
  return point;
}

function g2Of(pairs: Groth16Proof["b"]): G2Point {
  const point = readG2(pairs);
  if (typeof point === "string") throw new TypeError(point);
  return point;
}

function g1(point: G1Point): Groth16Proof["a"] {
  const { x, y } = point.toAffine();
  return [x, y];
}

function g2(point: G2Point): Groth16Proof["b"] {
  const { x, y } = point.toAffine();
  return [
    [x.c1, x.c0],
    [y.c1, y.c0],
  ];
}

function flip([first, second]: Groth16Proof["a"]): Groth16Proof["a"] {
  return [second, first];
}

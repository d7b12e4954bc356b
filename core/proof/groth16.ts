import { isFieldElement } from "../crypto/field.ts";
import type { Groth16Proof } from "../ports/prover.ts";
import type { Hex } from "../types/hex.ts";
import { type Groth16KeyPoints, readGroth16Key } from "./groth16-key.ts";
import {
  COORDINATE_MODULUS,
  type G1Point,
  type G2Point,
  pairingProductIsOne,
  type PointFlaw,
  readG1,
  readG2,
} from "./groth16-points.ts";
import { verificationKeyDigest } from "./verification-key.ts";

type PointName = keyof Groth16Proof;

/** Why a proof does not hold. `point` is the proof's own name of it; `position` counts public signals from 0. */
export type Groth16Fault =
  | { readonly code: "public-signal-count"; readonly signals: number; readonly expected: number }
  | { readonly code: "public-signal-out-of-range"; readonly position: number }
  | { readonly code: "coordinate-out-of-range"; readonly point: PointName }
  | { readonly code: PointFlaw; readonly point: PointName }
  /** All is well-formed: the proof is of other public signals, of another key, or none at all. */
  | { readonly code: "pairing-equation" };

/** A verification key whose points were checked once. */
export interface Groth16Key {
  /** See `verificationKeyDigest`. A key from a stranger is as good as the comparison of this with a digest from elsewhere. */
  readonly digest: Hex;
  /** How many a proof has. */
  readonly publicSignals: number;
  /**
   * Nothing if the proof holds for these public signals, else the first reason why not. Takes what the EVM's precompiles
   * take and nothing else: reduced coordinates, points on their curves, b in the subgroup of order r, signals below r, infinity
   * as zeros.
   */
  check(proof: Groth16Proof, publicSignals: readonly bigint[]): Groth16Fault | undefined;
}

/**
 * Groth16 over BN254, on any platform: e(A, B) = e(α, β) · e(IC₀ + Σ sᵢ·ICᵢ₊₁, γ) · e(C, δ).
 * @param json a key as snarkjs exports it, of any origin.
 * @throws QuorateError<VerificationKeyError> that names the field.
 */
export function openGroth16Key(json: unknown): Groth16Key {
  const { key, points } = readGroth16Key(json);
  return {
    digest: verificationKeyDigest(key),
    publicSignals: points.ic.length - 1,
    check(proof, publicSignals) {
      const unreadable = signalFault(publicSignals, points.ic.length - 1) ?? coordinateFault(proof);
      if (unreadable !== undefined) return unreadable;
      const [a, b, c] = [readG1(proof.a), readG2(proof.b), readG1(proof.c)];
      if (typeof a === "string") return { code: a, point: "a" };
      if (typeof b === "string") return { code: b, point: "b" };
      if (typeof c === "string") return { code: c, point: "c" };
      return satisfies(points, { a, b, c, publicSignals }) ? undefined : { code: "pairing-equation" };
    },
  };
}

function signalFault(signals: readonly bigint[], expected: number): Groth16Fault | undefined {
  if (signals.length !== expected) return { code: "public-signal-count", signals: signals.length, expected };
  const position = signals.findIndex((signal) => !isFieldElement(signal));
  return position < 0 ? undefined : { code: "public-signal-out-of-range", position };
}

function coordinateFault({ a, b, c }: Groth16Proof): Groth16Fault | undefined {
  const coordinates: Readonly<Record<PointName, readonly bigint[]>> = { a, b: b.flat(), c };
  const names = Object.keys(coordinates) as PointName[];
  const point = names.find((name) => !coordinates[name].every((value) => value >= 0n && value < COORDINATE_MODULUS));
  return point === undefined ? undefined : { code: "coordinate-out-of-range", point };
}

interface ReadProof {
  readonly a: G1Point;
  readonly b: G2Point;
  readonly c: G1Point;
  readonly publicSignals: readonly bigint[];
}

function satisfies(
  { alpha, beta, gamma, delta, ic }: Groth16KeyPoints,
  { a, b, c, publicSignals }: ReadProof,
): boolean {
  const [constant, ...inputs] = ic;
  // Nothing here is secret: the faster multiplication may take its time by the number.
  const sum = inputs.reduce((total, input, i) => total.add(input.multiplyUnsafe(publicSignals[i] ?? 0n)), constant);
  return pairingProductIsOne([
    [a.negate(), b],
    [alpha, beta],
    [sum, gamma],
    [c, delta],
  ]);
}

import { abiWords } from "../codec/abi-words.ts";
import { keccak256 } from "../crypto/keccak.ts";
import type { Hex } from "../types/hex.ts";

type G1 = readonly string[];
type G2 = readonly (readonly string[])[];

/** A Groth16 verification key as snarkjs exports it: decimal strings, projective with last coordinate 1. */
export interface VerificationKey {
  readonly protocol: string;
  readonly curve: string;
  readonly nPublic: number;
  readonly vk_alpha_1: G1;
  readonly vk_beta_2: G2;
  readonly vk_gamma_2: G2;
  readonly vk_delta_2: G2;
  readonly IC: readonly G1[];
}

/**
 * Names a verification key, whatever its file looks like: keccak256 over the 32-byte words α₁, β₂, γ₂, δ₂, IC in the
 * order of the Solidity verifier (the imaginary part of a G2 coordinate first). Of a key of foreign origin see `openGroth16Key`:
 * what is not among these words is not bound.
 */
export function verificationKeyDigest(key: VerificationKey): Hex {
  const words = [
    ...affine1(key.vk_alpha_1),
    ...affine2(key.vk_beta_2),
    ...affine2(key.vk_gamma_2),
    ...affine2(key.vk_delta_2),
    ...key.IC.flatMap(affine1),
  ];
  return keccak256(abiWords(words.map(BigInt)));
}

function affine1([x = "0", y = "0"]: G1): string[] {
  return [x, y];
}

function affine2([x = [], y = []]: G2): string[] {
  return [x[1] ?? "0", x[0] ?? "0", y[1] ?? "0", y[0] ?? "0"];
}

import { poseidon1 } from "poseidon-lite/poseidon1";
import { poseidon2 } from "poseidon-lite/poseidon2";
import { poseidon3 } from "poseidon-lite/poseidon3";
import { poseidon4 } from "poseidon-lite/poseidon4";
import { poseidon5 } from "poseidon-lite/poseidon5";
import { poseidon6 } from "poseidon-lite/poseidon6";
import { poseidon7 } from "poseidon-lite/poseidon7";
import { poseidon8 } from "poseidon-lite/poseidon8";
import { poseidon9 } from "poseidon-lite/poseidon9";
import { poseidon10 } from "poseidon-lite/poseidon10";
import { poseidon11 } from "poseidon-lite/poseidon11";
import { poseidon12 } from "poseidon-lite/poseidon12";
import { poseidon13 } from "poseidon-lite/poseidon13";
import { poseidon14 } from "poseidon-lite/poseidon14";
import { poseidon15 } from "poseidon-lite/poseidon15";
import { poseidon16 } from "poseidon-lite/poseidon16";
import { QuorateError } from "../errors/quorate-error.ts";
import { assertFieldElement } from "./field.ts";

export interface PoseidonErrorData {
  readonly code: "poseidon-arity";
  readonly arity: number;
}

/** circomlib's `poseidon.circom` has constants up to this width. */
export const MAX_POSEIDON_INPUTS = 16;

// The library's typings ask for a mutable array; it copies its input.
type Permutation = (inputs: bigint[]) => bigint;

const BY_ARITY: readonly Permutation[] = [
  poseidon1,
  poseidon2,
  poseidon3,
  poseidon4,
  poseidon5,
  poseidon6,
  poseidon7,
  poseidon8,
  poseidon9,
  poseidon10,
  poseidon11,
  poseidon12,
  poseidon13,
  poseidon14,
  poseidon15,
  poseidon16,
];

/**
 * Poseidon over BN254's scalar field with circomlib's constants (x⁵ S-box, 8 full rounds).
 * The arity is part of the function: hashes of different lengths are unrelated.
 * @param inputs 1…16 canonical field elements; else `poseidon-arity` or `field-element-out-of-range`.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const permute = BY_ARITY[inputs.length - 1];
  if (permute === undefined) {
    throw new QuorateError<PoseidonErrorData>(
      { code: "poseidon-arity", arity: inputs.length },
      `Poseidon takes 1 to ${MAX_POSEIDON_INPUTS} inputs, not ${inputs.length}: chain longer lists with poseidonChain`,
    );
  }
  inputs.forEach(assertFieldElement);
  return permute([...inputs]);
}

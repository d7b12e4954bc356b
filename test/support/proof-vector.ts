import type { MedianStatement } from "../../core/ports/prover.ts";
import type { Groth16Proof } from "../../core/ports/prover.ts";
import type { CircuitInputs } from "../../core/proof/circuit-inputs.ts";
import type { CircuitShape } from "../../core/proof/circuit.ts";
import type { Hex } from "../../core/types/hex.ts";
import { readVectors, revive } from "./vectors.ts";

/** `test/vectors/median-proof.json`: one statement, everything derived from it, and a proof. */
export interface ProofVector {
  readonly instance: string;
  readonly shape: CircuitShape;
  readonly verificationKeyDigest: Hex;
  readonly feedIds: readonly Hex[];
  readonly statement: MedianStatement;
  readonly observations: readonly { readonly valuesCommitment: bigint; readonly digest: bigint }[];
  readonly context: bigint;
  readonly setRoot: bigint;
  readonly w: readonly bigint[];
  readonly publicSignals: readonly [bigint, bigint, bigint];
  readonly proof: Groth16Proof;
  readonly inputs: CircuitInputs;
}

export function proofVector(): ProofVector {
  return revive(readVectors("median-proof")) as ProofVector;
}

import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, FeedValues, Point } from "../types/observation.ts";
import type { Report, ReportDomain } from "../types/report.ts";

/** Everything a median proof is made from: a final report and the 2f+1 observations behind it, in member order. */
export interface MedianStatement {
  readonly domain: ReportDomain;
  readonly report: Report;
  /** The report's own mask and medians; its mask may be smaller than what the observations share. */
  readonly feeds: FeedValues;
  readonly observations: readonly AttributedObservation[];
  /** All members' observation keys, in committee order. */
  readonly observerKeys: readonly Point[];
  /** W, seconds. */
  readonly window: number;
}

/** A Groth16 proof in the order of the Solidity verifier (b's coordinates already swapped). */
export interface Groth16Proof {
  readonly a: readonly [bigint, bigint];
  readonly b: readonly [readonly [bigint, bigint], readonly [bigint, bigint]];
  readonly c: readonly [bigint, bigint];
}

export interface MedianProof {
  readonly proof: Groth16Proof;
  /** C, x, y: see docs/protocol.md. */
  readonly publicSignals: readonly [bigint, bigint, bigint];
  /** Milliseconds: witness generation and proving. */
  readonly witnessMs: number;
  readonly proveMs: number;
}

/** Effectful and slow (seconds). Rejects with QuorateError; abort drops the job. */
export interface Prover {
  /** Digest of the verification key that this prover's proofs satisfy. */
  readonly verificationKeyDigest: Hex;
  prove(statement: MedianStatement, signal: AbortSignal): Promise<MedianProof>;
  stop(): Promise<void>;
}

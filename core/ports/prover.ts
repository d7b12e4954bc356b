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
  /** Bytes: the most that the prover's process held in memory since it started. An external engine's comes on top. */
  readonly peakMemory: number;
}

/** What a proof in the making is at: its witness, the proof itself, the check that it verifies. */
export type ProvingStage = "witness" | "proof" | "verification";

export interface ProvingRequest {
  /** Drops the job, also in the middle of its proof. */
  readonly signal: AbortSignal;
  /** Jobs of a lower number go first; of equal ones that of the newest report. Default 0. */
  readonly priority?: number;
  readonly onStage?: (stage: ProvingStage) => void;
}

/** Effectful and slow (seconds). Rejects with QuorateError. */
export interface Prover {
  /** Digest of the verification key that this prover's proofs satisfy. */
  readonly verificationKeyDigest: Hex;
  prove(statement: MedianStatement, request: ProvingRequest): Promise<MedianProof>;
  stop(): Promise<void>;
}

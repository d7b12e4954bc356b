import type { SignedReport } from "../types/evidence.ts";
import type { FinalReport } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, SignedObservation } from "../types/observation.ts";

// OCR's word for each message stands behind the name. All of them travel over authenticated channels:
// the sender's committee index is known from the connection.

/** NEWEPOCH: the sender wants to move to this epoch, and is in that one. */
export interface NewEpoch {
  readonly kind: "new-epoch";
  readonly epoch: number;
  readonly current: number;
}

/** OBSERVE-REQ, leader → all. */
export interface RoundStart {
  readonly kind: "round-start";
  readonly sequence: bigint;
}

/** OBSERVE, each → leader. */
export interface ObservationMessage extends SignedObservation {
  readonly kind: "observation";
}

/** REPORT-REQ, leader → all: exactly 2f+1 observations in member order, signed by the leader. */
export interface Proposal {
  readonly kind: "proposal";
  readonly sequence: bigint;
  readonly observations: readonly AttributedObservation[];
  /** ECDSA over the EIP-712 Proposal digest, 64 bytes compact. */
  readonly signature: Hex;
}

/**
 * All → all: the digest of the report that the sender recomputed itself. One per sender and slot. It carries the header of
 * the proposal that it answers, with the leader's signature: so members to whom a leader proposed differently find out.
 */
export interface Prepare {
  readonly kind: "prepare";
  readonly sequence: bigint;
  readonly digest: Hex;
  readonly observationsHash: Hex;
  /** The leader's, over the proposal's header. */
  readonly proposalSignature: Hex;
}

/** REPORT, all → all: a report, whole, with the sender's ECDSA over its digest, after Q matching Prepares. */
export interface SignatureMessage extends SignedReport {
  readonly kind: "signature";
}

/** Asks a member for a final report by slot and digest. */
export interface FinalRequest {
  readonly kind: "final-request";
  readonly sequence: bigint;
  readonly digest: Hex;
}

/** A final report: the sender's newest, sent to a peer that (re)connects, or the one that was asked for. */
export interface FinalMessage {
  readonly kind: "final";
  readonly final: FinalReport;
}

export type Message =
  NewEpoch | RoundStart | ObservationMessage | Proposal | Prepare | SignatureMessage | FinalRequest | FinalMessage;

/** Messages that bind their sender for one slot: stored before they leave, never sent in two versions. */
export type BindingKind = "observation" | "proposal" | "prepare" | "signature";

import type { Hex } from "./hex.ts";
import type { SignedObservation } from "./observation.ts";
import type { Report } from "./report.ts";

/** What a leader signs: the header of a proposal. Its EIP-712 struct adds the configuration's digest. */
export interface ProposalHeader {
  readonly sequence: bigint;
  /** keccak256 of the encoded observations. */
  readonly observationsHash: Hex;
}

/** ECDSA, 64 bytes compact (r, vs). */
export interface SignedProposalHeader extends ProposalHeader {
  readonly signature: Hex;
}

/** A report with one member's signature over its digest. */
export interface SignedReport {
  readonly report: Report;
  readonly signature: Hex;
}

interface Accusation {
  /** Committee index of the member that signed both. */
  readonly member: number;
  readonly sequence: bigint;
}

/**
 * Equivocation: two messages of one kind for one slot that differ in what they say (not merely in their signatures' bytes)
 * and that one member signed. Both signatures were verified. Anybody who knows the configuration can verify them again.
 */
export type Equivocation =
  | (Accusation & {
      readonly kind: "proposal";
      readonly first: SignedProposalHeader;
      readonly second: SignedProposalHeader;
    })
  | (Accusation & { readonly kind: "report"; readonly first: SignedReport; readonly second: SignedReport })
  | (Accusation & { readonly kind: "observation"; readonly first: SignedObservation; readonly second: SignedObservation });

export type EquivocationKind = Equivocation["kind"];

import type { Hex } from "./hex.ts";
import type { AttributedObservation, FeedValues } from "./observation.ts";
import type { Report } from "./report.ts";

/** One member's ECDSA signature over a report's EIP-712 digest, 64 bytes compact (r, vs). */
export interface MemberSignature {
  readonly signer: number;
  readonly signature: Hex;
}

/** A report that f+1 members signed, with what it was made from: enough to transmit, to audit and to prove it. */
export interface FinalReport {
  readonly report: Report;
  /** EIP-712 digest of the report. */
  readonly digest: Hex;
  readonly feeds: FeedValues;
  /** Exactly 2f+1, in member order. */
  readonly observations: readonly AttributedObservation[];
  /** Exactly f+1, in member order. */
  readonly signatures: readonly MemberSignature[];
}

import { verifyCompact } from "../crypto/ecdsa.ts";
import { verifyEddsaPoseidon } from "../crypto/eddsa-poseidon.ts";
import { assertNever } from "../errors/assert-never.ts";
import type { Configuration, Member } from "../types/committee.ts";
import type { Equivocation, SignedProposalHeader, SignedReport } from "../types/evidence.ts";
import type { Hex } from "../types/hex.ts";
import type { SignedObservation } from "../types/observation.ts";
import type { ReportDomain } from "../types/report.ts";
import { slotOf } from "../types/sequence.ts";
import { observationContext, observationDigest } from "./observation-digest.ts";
import { proposalDigest, reportDigest } from "./report.ts";

/** The committee that the evidence is about, and the place that its signatures name. */
export interface EvidenceScope {
  readonly configuration: Pick<Configuration, "index" | "members" | "lanes">;
  readonly configDigest: Hex;
  readonly domain: ReportDomain;
}

/** Why evidence shows nothing. */
export type EvidenceFault =
  | { readonly code: "unknown-member"; readonly member: number }
  /** A report of another configuration, a sequence that carries another index, or a vector of other lanes. */
  | { readonly code: "wrong-configuration" }
  | { readonly code: "different-slots" }
  /** Both sides say the same: other signature bytes over one statement are no evidence. */
  | { readonly code: "same-statement" }
  | { readonly code: "bad-signature"; readonly side: "first" | "second" };

/** What one side comes down to: what was signed, as one number or digest, and whether the member signed it. */
interface Side {
  readonly sequence: bigint;
  readonly statement: Hex | bigint;
  isSignedBy(member: Member): boolean;
}

/**
 * Verifies evidence anew, trusting nothing of it: one slot of this configuration, two statements of one kind that differ in
 * what they say, and both signatures by the named member. The fields of an observation that are not signed (inputs digest,
 * fuel) count for nothing. Never throws for evidence that `decodeEvidence` may return.
 * @returns the first fault, or undefined where the evidence holds.
 */
export function checkEvidence(evidence: Equivocation, scope: EvidenceScope): EvidenceFault | undefined {
  const member = scope.configuration.members[evidence.member];
  if (member === undefined) return { code: "unknown-member", member: evidence.member };
  const { configIndex } = slotOf(evidence.sequence);
  if (configIndex !== scope.configuration.index || !isOfConfiguration(evidence, scope)) {
    return { code: "wrong-configuration" };
  }
  const { first, second } = sidesOf(evidence, scope);
  if (first.sequence !== evidence.sequence || second.sequence !== evidence.sequence) return { code: "different-slots" };
  if (first.statement === second.statement) return { code: "same-statement" };
  if (!first.isSignedBy(member)) return { code: "bad-signature", side: "first" };
  if (!second.isSignedBy(member)) return { code: "bad-signature", side: "second" };
  return undefined;
}

function isOfConfiguration(evidence: Equivocation, { configuration, configDigest }: EvidenceScope): boolean {
  switch (evidence.kind) {
    case "proposal":
      return true; // The scope's digest is part of the statement.
    case "report":
      return [evidence.first, evidence.second].every(({ report }) => report.configDigest === configDigest);
    case "observation":
      return [evidence.first, evidence.second].every(
        ({ observation }) => observation.feeds.values.length === configuration.lanes,
      );
    default:
      return assertNever(evidence);
  }
}

function sidesOf(evidence: Equivocation, scope: EvidenceScope): { readonly first: Side; readonly second: Side } {
  switch (evidence.kind) {
    case "proposal":
      return { first: proposalSide(evidence.first, scope), second: proposalSide(evidence.second, scope) };
    case "report":
      return { first: reportSide(evidence.first, scope), second: reportSide(evidence.second, scope) };
    case "observation":
      return { first: observationSide(evidence.first, scope), second: observationSide(evidence.second, scope) };
    default:
      return assertNever(evidence);
  }
}

function proposalSide(header: SignedProposalHeader, { configDigest, domain }: EvidenceScope): Side {
  const { sequence, observationsHash, signature } = header;
  const statement = proposalDigest({ configDigest, sequence, observationsHash }, domain);
  return { sequence, statement, isSignedBy: ({ signer }) => verifyCompact(signer, statement, signature) };
}

function reportSide({ report, signature }: SignedReport, { domain }: EvidenceScope): Side {
  const statement = reportDigest(report, domain);
  const isSignedBy = ({ signer }: Member) => verifyCompact(signer, statement, signature);
  return { sequence: report.sequence, statement, isSignedBy };
}

function observationSide(signed: SignedObservation, { configDigest, domain }: EvidenceScope): Side {
  const { sequence, feeds, timestamp } = signed.observation;
  const statement = observationDigest(observationContext(domain, configDigest, sequence), feeds, timestamp);
  const isSignedBy = ({ observer }: Member) => verifyEddsaPoseidon(observer, statement, signed.signature);
  return { sequence, statement, isSignedBy };
}

import type { Message } from "../../../core/consensus/messages.ts";
import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import type { Equivocation, EquivocationKind } from "../../../core/types/evidence.ts";

/** What a message says in its sender's own name. */
export interface OwnStatement {
  readonly kind: EquivocationKind;
  readonly sequence: bigint;
  /** What is signed. */
  readonly text: string;
  /** Whether the signature holds. */
  readonly signed: boolean;
}

export function ownStatement({ crypto }: ProtocolContext, from: number, message: Message): OwnStatement | undefined {
  if (message.kind === "observation") {
    const { sequence, feeds, timestamp } = message.observation;
    const text = `${feeds.mask} ${feeds.values.join()} ${timestamp}`;
    return { kind: "observation", sequence, text, signed: crypto.verifyObservation({ observer: from, ...message }) };
  }
  if (message.kind === "proposal") {
    const { sequence, signature } = message;
    const observationsHash = crypto.observationsHash(message.observations);
    const digest = crypto.proposalHeaderDigest({ sequence, observationsHash });
    return { kind: "proposal", sequence, text: observationsHash, signed: crypto.verifyDigest(from, digest, signature) };
  }
  if (message.kind === "signature") {
    const { report, signature } = message;
    const text = crypto.reportDigest(report);
    return { kind: "report", sequence: report.sequence, text, signed: crypto.verifyDigest(from, text, signature) };
  }
  return undefined;
}

/** Whether a piece of evidence shows what it claims: two different statements of one slot, both signed by the accused. */
export function isTrueEvidence(context: ProtocolContext, evidence: Equivocation): boolean {
  const { member, sequence, first, second } = evidence;
  const statements = [first, second].map((signed) => {
    if (evidence.kind !== "proposal")
      return ownStatement(context, member, {
        kind: evidence.kind === "report" ? "signature" : "observation",
        ...signed,
      } as Message);
    const header = signed as typeof evidence.first;
    const digest = context.crypto.proposalHeaderDigest(header);
    const holds = context.crypto.verifyDigest(member, digest, header.signature);
    return { kind: evidence.kind, sequence: header.sequence, text: header.observationsHash, signed: holds };
  });
  const [a, b] = statements;
  if (a === undefined || b === undefined) return false;
  return a.signed && b.signed && a.text !== b.text && a.sequence === sequence && b.sequence === sequence;
}

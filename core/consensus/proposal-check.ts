import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, SignedObservation } from "../types/observation.ts";
import type { Proposal } from "./messages.ts";
import type { ProtocolContext, RefusalCode } from "./protocol.ts";
import { observationQuorum } from "./quorum.ts";

export interface ProposalInput {
  readonly from: number;
  readonly message: Proposal;
  /** keccak256 of the message's observations. */
  readonly observationsHash: Hex;
  /** This node's own observation of the slot, if it made one: it need not verify that. */
  readonly own: SignedObservation | undefined;
}

/** Why a proposal of the right leader for the right slot is no good. Cheap checks first. */
export function proposalRefusal(ctx: ProtocolContext, input: ProposalInput): RefusalCode | undefined {
  const { from, message, observationsHash, own } = input;
  const { sequence, observations, signature } = message;
  if (!isQuorum(ctx, observations)) return "bad-quorum";
  const wellFormed = observations.every(
    ({ observation }) => observation.sequence === sequence && ctx.plugin.isWellFormed(observation),
  );
  if (!wellFormed) return "malformed";
  // As leader this node verified each observation when it came, and it signed the proposal itself.
  if (from === ctx.self) return undefined;
  if (!ctx.crypto.verifyDigest(from, ctx.crypto.proposalHeaderDigest({ sequence, observationsHash }), signature))
    return "bad-signature";
  const genuine = (entry: AttributedObservation) =>
    (entry.observer === ctx.self && own !== undefined && isSame(own, entry)) || ctx.crypto.verifyObservation(entry);
  return observations.every(genuine) ? undefined : "bad-signature";
}

/** Exactly 2f+1 observations of distinct members, in member order. */
export function isQuorum(
  { size }: Pick<ProtocolContext, "size">,
  observations: readonly AttributedObservation[],
): boolean {
  return (
    observations.length === observationQuorum(size) &&
    isAscending(
      observations.map(({ observer }) => observer),
      size.n,
    )
  );
}

/** Distinct member indices in rising order. */
export function isAscending(members: readonly number[], n: number): boolean {
  return members.every((member, i) => member < n && member > (members[i - 1] ?? -1));
}

/** Equal in everything that the signature covers, and in the signature. */
function isSame(a: SignedObservation, b: SignedObservation): boolean {
  return (
    a.signature.s === b.signature.s &&
    a.signature.r8.x === b.signature.r8.x &&
    a.signature.r8.y === b.signature.r8.y &&
    a.observation.sequence === b.observation.sequence &&
    a.observation.timestamp === b.observation.timestamp &&
    a.observation.feeds.mask === b.observation.feeds.mask &&
    a.observation.feeds.values.every((value, lane) => value === b.observation.feeds.values[lane])
  );
}

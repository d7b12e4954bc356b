import { ignore, reject } from "../errors/verdict.ts";
import { slotOf } from "../types/sequence.ts";
import type { FinalReport } from "../types/final.ts";
import type { FollowerState } from "./follower.ts";
import type { Effect, ProtocolContext, RefusalCode, Step } from "./protocol.ts";
import { observationQuorum, signatureQuorum } from "./quorum.ts";

/** The newest final report that this node holds. f+1 signatures make a report final. */
export interface FinalisationState {
  readonly last: FinalReport | undefined;
}

/** Looks whether the votes of a slot now make it final. */
export function finaliseIfSigned(
  ctx: ProtocolContext,
  state: FinalisationState,
  input: { follower: FollowerState; sequence: bigint },
): Step<FinalisationState> {
  const { follower, sequence } = input;
  const proposal = follower.proposals.find((entry) => entry.sequence === sequence);
  if (proposal === undefined || sequence <= lastSequence(state)) return { state, effects: [] };
  const signatures = follower.signatures.flatMap((votes, signer) => {
    const vote = votes.find((entry) => entry.sequence === sequence && entry.digest === proposal.digest);
    return vote === undefined ? [] : [{ signer, signature: vote.signature }];
  });
  const quorum = signatureQuorum(ctx.size);
  if (signatures.length < quorum) return { state, effects: [] };
  const { report, digest, feeds, observations } = proposal;
  return adopt({ report, digest, feeds, observations, signatures: signatures.slice(0, quorum) });
}

/** A peer shows its newest final report: adopted if it is newer than ours and every signature and number in it holds. */
export function onFinal(
  ctx: ProtocolContext,
  state: FinalisationState,
  input: { from: number; final: FinalReport },
): Step<FinalisationState> {
  const { from, final } = input;
  const refuse = (code: RefusalCode): Step<FinalisationState> => {
    const verdict = code === "old-slot" ? ignore(code) : reject(code);
    return { state, effects: [{ type: "verdict", from, kind: "final", verdict }] };
  };
  const { sequence } = final.report;
  if (slotOf(sequence).configIndex !== ctx.configIndex) return refuse("wrong-configuration");
  if (sequence <= lastSequence(state)) return refuse("old-slot");
  const code = finalRefusal(ctx, final);
  return code === undefined ? adopt(final) : refuse(code);
}

export function lastSequence(state: FinalisationState): bigint {
  return state.last?.report.sequence ?? 0n;
}

function adopt(final: FinalReport): Step<FinalisationState> {
  const effects: Effect[] = [
    { type: "persist-final", final },
    { type: "stage", stage: "final", sequence: final.report.sequence },
    { type: "final", final },
  ];
  return { state: { last: final }, effects };
}

/** Cheap checks first: a forged final costs its receiver one ECDSA recovery. */
function finalRefusal(ctx: ProtocolContext, final: FinalReport): RefusalCode | undefined {
  const { observations, signatures, report } = final;
  const observers = observations.map((entry) => entry.observer);
  if (observers.length !== observationQuorum(ctx.size) || !ascending(observers, ctx.size.n)) return "bad-quorum";
  const signers = signatures.map((entry) => entry.signer);
  if (signers.length !== signatureQuorum(ctx.size) || !ascending(signers, ctx.size.n)) return "bad-quorum";
  const wellFormed = observations.every(
    ({ observation }) => observation.sequence === report.sequence && ctx.plugin.isWellFormed(observation),
  );
  if (!wellFormed) return "malformed";
  if (!signatures.every(({ signer, signature }) => ctx.crypto.verifyDigest(signer, final.digest, signature)))
    return "bad-signature";
  if (!followsFromObservations(ctx, final)) return "bad-report";
  return observations.every((entry) => ctx.crypto.verifyObservation(entry)) ? undefined : "bad-signature";
}

/** The signatures cover the digest alone: every other field must be what this node computes itself. */
function followsFromObservations(ctx: ProtocolContext, { report, digest, feeds, observations }: FinalReport): boolean {
  const outcome = ctx.plugin.report(report.sequence, observations);
  return (
    outcome.kind === "report" &&
    outcome.digest === digest &&
    outcome.report.configDigest === report.configDigest &&
    outcome.report.observedAt === report.observedAt &&
    outcome.report.feedsRoot === report.feedsRoot &&
    outcome.report.valuesHash === report.valuesHash &&
    outcome.feeds.mask === feeds.mask &&
    outcome.feeds.values.length === feeds.values.length &&
    outcome.feeds.values.every((value, lane) => value === feeds.values[lane])
  );
}

function ascending(members: readonly number[], n: number): boolean {
  return members.every((member, i) => member < n && member > (members[i - 1] ?? -1));
}

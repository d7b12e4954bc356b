import { ignore, reject } from "../errors/verdict.ts";
import type { ProtocolVerifier } from "../ports/protocol-crypto.ts";
import type { SignedReport } from "../types/evidence.ts";
import { slotOf } from "../types/sequence.ts";
import type { FinalReport } from "../types/final.ts";
import type { Report } from "../types/report.ts";
import { type CheckedProposal, MAX_SLOTS_PER_MEMBER } from "./follower.ts";
import { isAscending, isQuorum } from "./proposal-check.ts";
import type { Effect, ProtocolContext, RefusalCode, Step } from "./protocol.ts";
import { signatureQuorum } from "./quorum.ts";

/** A member's signature on a report. Verified when it is needed, not before: a final report needs f+1 of them. */
export interface SignatureVote extends SignedReport {
  readonly verified: boolean;
}

/** Collects signatures, and holds the newest final report. f+1 signatures make a report final. */
export interface FinalisationState {
  readonly last: FinalReport | undefined;
  readonly signatures: readonly (readonly SignatureVote[])[];
}

export function startFinalisation(ctx: ProtocolContext, last: FinalReport | undefined): FinalisationState {
  return { last, signatures: Array.from({ length: ctx.size.n }, () => []) };
}

/** A member shows its signature. The channel vouches for who sent it; what it is worth is seen when it is counted. */
export function onSignature(
  ctx: ProtocolContext,
  state: FinalisationState,
  input: { from: number; message: SignedReport },
): Step<FinalisationState> {
  const { from } = input;
  const { report, signature } = input.message;
  if (report.configDigest !== ctx.configDigest || slotOf(report.sequence).configIndex !== ctx.configIndex)
    return { state, effects: [refused(from, "wrong-configuration")] };
  const votes = state.signatures[from] ?? [];
  // The first vote of a member for a slot counts.
  if (votes.some((vote) => vote.report.sequence === report.sequence))
    return { state, effects: [refused(from, "duplicate")] };
  const vote: SignatureVote = { report, signature, verified: from === ctx.self };
  const kept = [...votes, vote].slice(-MAX_SLOTS_PER_MEMBER);
  return { state: { ...state, signatures: state.signatures.with(from, kept) }, effects: [] };
}

/** Looks whether the signatures of a slot now make its report final. Verifies as many as that takes. */
export function finaliseIfSigned(
  ctx: ProtocolContext,
  state: FinalisationState,
  proposal: CheckedProposal,
): Step<FinalisationState> {
  if (proposal.sequence <= lastSequence(state)) return { state, effects: [] };
  const quorum = signatureQuorum(ctx.size);
  const signers = signersOf(state, proposal.report);
  if (signers.length < quorum) return { state, effects: [] };
  let next = state;
  const signatures: FinalReport["signatures"][number][] = [];
  const effects: Effect[] = [];
  for (const { signer, vote } of signers) {
    if (signatures.length === quorum) break;
    const valid = vote.verified || ctx.crypto.verifyDigest(signer, proposal.digest, vote.signature);
    if (valid) signatures.push({ signer, signature: vote.signature });
    else effects.push({ type: "verdict", from: signer, kind: "signature", verdict: reject("bad-signature") });
    next = settleVote(next, { signer, vote, valid });
  }
  if (signatures.length < quorum) return { state: next, effects };
  const { report, digest, feeds, observations } = proposal;
  const adopted = adopt(next, { report, digest, feeds, observations, signatures });
  return { state: adopted.state, effects: [...effects, ...adopted.effects] };
}

/** A report that f+1 members have signed, at least one of them honest, and who they are. Their signatures are not verified. */
export function agreedReport(
  ctx: ProtocolContext,
  state: FinalisationState,
  report: Report,
): { report: Report; signers: readonly number[] } | undefined {
  if (report.sequence <= lastSequence(state)) return undefined;
  const signers = signersOf(state, report).map(({ signer }) => signer);
  return signers.length < signatureQuorum(ctx.size) ? undefined : { report, signers };
}

/**
 * A peer shows a final report: its newest, or one that this node asked for.
 * Adopted if it is newer than ours, recovered if it was wanted, and only if every signature and number in it holds.
 */
export function onFinal(
  ctx: ProtocolContext,
  state: FinalisationState,
  input: { from: number; final: FinalReport; wanted: boolean },
): Step<FinalisationState> {
  const { from, final, wanted } = input;
  const { sequence } = final.report;
  const refuse = (code: RefusalCode): Step<FinalisationState> => {
    const verdict = code === "old-slot" ? ignore(code) : reject(code);
    return { state, effects: [{ type: "verdict", from, kind: "final", verdict }] };
  };
  if (slotOf(sequence).configIndex !== ctx.configIndex) return refuse("wrong-configuration");
  const isNewer = sequence > lastSequence(state);
  if (!isNewer && !wanted) return refuse("old-slot");
  const code = finalRefusal(ctx, final);
  if (code !== undefined) return refuse(code);
  if (isNewer) return adopt(state, final);
  return {
    state,
    effects: [
      { type: "persist-final", final },
      { type: "recovered", final },
    ],
  };
}

export function lastSequence({ last }: { last: FinalReport | undefined }): bigint {
  return last?.report.sequence ?? 0n;
}

/**
 * Why a final report is none: the members' signatures cover its digest alone, so every other field must be what follows
 * from its observations. Cheap checks first: a forged final costs its receiver one ECDSA recovery.
 */
export function finalRefusal(
  ctx: Pick<ProtocolContext, "size" | "plugin"> & { readonly crypto: ProtocolVerifier },
  final: FinalReport,
): RefusalCode | undefined {
  const { observations, signatures, report } = final;
  const signers = signatures.map((entry) => entry.signer);
  if (!isQuorum(ctx, observations)) return "bad-quorum";
  if (signers.length !== signatureQuorum(ctx.size) || !isAscending(signers, ctx.size.n)) return "bad-quorum";
  const wellFormed = observations.every(
    ({ observation }) => observation.sequence === report.sequence && ctx.plugin.isWellFormed(observation),
  );
  if (!wellFormed) return "malformed";
  if (!signatures.every(({ signer, signature }) => ctx.crypto.verifyDigest(signer, final.digest, signature)))
    return "bad-signature";
  if (!followsFromObservations(ctx, final)) return "bad-report";
  return observations.every((entry) => ctx.crypto.verifyObservation(entry)) ? undefined : "bad-signature";
}

function followsFromObservations(
  { plugin }: Pick<ProtocolContext, "plugin">,
  { report, digest, feeds, observations }: FinalReport,
): boolean {
  const outcome = plugin.report(report.sequence, observations);
  return (
    outcome.kind === "report" &&
    outcome.digest === digest &&
    isSameReport(outcome.report, report) &&
    outcome.feeds.mask === feeds.mask &&
    outcome.feeds.values.length === feeds.values.length &&
    outcome.feeds.values.every((value, lane) => value === feeds.values[lane])
  );
}

function isSameReport(a: Report, b: Report): boolean {
  return (
    a.configDigest === b.configDigest &&
    a.sequence === b.sequence &&
    a.observedAt === b.observedAt &&
    a.feedsRoot === b.feedsRoot &&
    a.valuesHash === b.valuesHash
  );
}

/** Members that show a signature on this report, in member order. */
function signersOf({ signatures }: FinalisationState, report: Report): { signer: number; vote: SignatureVote }[] {
  return signatures.flatMap((votes, signer) => {
    const vote = votes.find((entry) => isSameReport(entry.report, report));
    return vote === undefined ? [] : [{ signer, vote }];
  });
}

/** A signature that holds is not verified again; one that does not is forgotten. */
function settleVote(
  state: FinalisationState,
  { signer, vote, valid }: { signer: number; vote: SignatureVote; valid: boolean },
): FinalisationState {
  const votes = state.signatures[signer] ?? [];
  const settled = votes.flatMap((entry) => (entry !== vote ? [entry] : valid ? [{ ...vote, verified: true }] : []));
  return { ...state, signatures: state.signatures.with(signer, settled) };
}

function adopt(state: FinalisationState, final: FinalReport): Step<FinalisationState> {
  const effects: Effect[] = [
    { type: "persist-final", final },
    { type: "stage", stage: "final", sequence: final.report.sequence },
    { type: "final", final },
  ];
  return { state: { ...state, last: final }, effects };
}

function refused(from: number, code: RefusalCode): Effect {
  return { type: "verdict", from, kind: "signature", verdict: code === "duplicate" ? ignore(code) : reject(code) };
}

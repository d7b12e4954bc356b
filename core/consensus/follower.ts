import { ignore, reject } from "../errors/verdict.ts";
import { slotOf } from "../types/sequence.ts";
import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, FeedValues, Observation } from "../types/observation.ts";
import type { Report } from "../types/report.ts";
import type { Message, Prepare, Proposal, RoundStart, SignatureMessage } from "./messages.ts";
import { leaderOf } from "./permutation.ts";
import type { Effect, ProtocolContext, RefusalCode, Step } from "./protocol.ts";
import { observationQuorum, prepareQuorum } from "./quorum.ts";

/** Votes kept per member: enough for late messages of neighbouring slots, and no member can crowd out another's. */
export const MAX_SLOTS_PER_MEMBER = 4;

/** A proposal that this node checked and recomputed itself. */
export interface CheckedProposal {
  readonly sequence: bigint;
  readonly digest: Hex;
  readonly report: Report;
  readonly feeds: FeedValues;
  readonly observations: readonly AttributedObservation[];
}

export interface Vote {
  readonly sequence: bigint;
  readonly digest: Hex;
}

export interface SignatureVote extends Vote {
  readonly signature: Hex;
}

/** Highest slot for which this node has bound itself, per kind of message. Restored from storage after a restart. */
export interface Bindings {
  readonly observed: bigint;
  readonly prepared: bigint;
  readonly signed: bigint;
}

/** A follower observes when the leader asks, checks the leader's proposal, prepares, and signs after Q Prepares. */
export interface FollowerState {
  readonly epoch: number;
  readonly bindings: Bindings;
  /** The slot that this node is fetching data for, and since when. */
  readonly observing: bigint;
  readonly observingSince: number;
  /** The last slot whose proposal was looked at: a leader's second one is not, whatever became of the first. */
  readonly judged: bigint;
  readonly proposals: readonly CheckedProposal[];
  readonly prepares: readonly (readonly Vote[])[];
  readonly signatures: readonly (readonly SignatureVote[])[];
}

export function startFollower(ctx: ProtocolContext, epoch: number, bindings: Bindings): FollowerState {
  const empty = Array.from({ length: ctx.size.n }, () => []);
  return {
    ...{ epoch, bindings, observing: bindings.observed, observingSince: -Infinity, judged: bindings.prepared },
    ...{ proposals: [], prepares: empty, signatures: empty },
  };
}

export function onRoundStart(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; message: RoundStart; now: number },
): Step<FollowerState> {
  const { sequence } = input.message;
  const code = slotRefusal(ctx, state, { from: input.from, sequence });
  if (code !== undefined) return refuse(state, input.from, { kind: "round-start", code });
  if (sequence <= state.observing) return refuse(state, input.from, { kind: "round-start", code: "old-slot" });
  if (isHurried(ctx, state, { sequence, now: input.now }))
    return refuse(state, input.from, { kind: "round-start", code: "too-early" });
  return {
    state: { ...state, observing: sequence, observingSince: input.now },
    effects: [
      { type: "stage", stage: "observing", sequence },
      { type: "observe", sequence },
    ],
  };
}

/** Rounds of one leader are DeltaRound apart. One that starts them faster would have every member flood its sources. */
function isHurried(
  ctx: ProtocolContext,
  state: FollowerState,
  { sequence, now }: { sequence: bigint; now: number },
): boolean {
  const sameEpoch = slotOf(sequence).epoch === slotOf(state.observing).epoch;
  return sameEpoch && now - state.observingSince < ctx.timing.deltaRound / 2;
}

/** This node's own fetchers have answered. A late answer for a slot that is over is dropped. */
export function onObserved(ctx: ProtocolContext, state: FollowerState, observation: Observation): Step<FollowerState> {
  const { sequence } = observation;
  if (sequence !== state.observing || sequence <= state.bindings.observed) return { state, effects: [] };
  if (slotOf(sequence).epoch !== state.epoch) return { state, effects: [] };
  const message = { kind: "observation" as const, ...ctx.crypto.signObservation(observation) };
  return {
    state: { ...state, bindings: { ...state.bindings, observed: sequence } },
    effects: [
      { type: "persist-message", kind: "observation", sequence, message },
      { type: "stage", stage: "observed", sequence },
      { type: "send", to: leaderOf(state.epoch, { n: ctx.size.n, configDigest: ctx.configDigest }), message },
    ],
  };
}

export function onProposal(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; message: Proposal },
): Step<FollowerState> {
  const { from, message } = input;
  const { sequence } = message;
  const slotCode = slotRefusal(ctx, state, { from, sequence });
  if (slotCode !== undefined) return refuse(state, from, { kind: "proposal", code: slotCode });
  if (sequence <= state.bindings.prepared) return refuse(state, from, { kind: "proposal", code: "old-slot" });
  if (sequence <= state.judged) return refuse(state, from, { kind: "proposal", code: "duplicate" });
  const judging = { ...state, judged: sequence };
  const code = proposalRefusal(ctx, from, message);
  if (code !== undefined) return refuse(judging, from, { kind: "proposal", code });
  const outcome = ctx.plugin.report(sequence, message.observations);
  if (outcome.kind === "failed") return refuse(judging, from, { kind: "proposal", code: "bad-report" });
  const { report, feeds, digest } = outcome;
  const proposal: CheckedProposal = { sequence, digest, report, feeds, observations: message.observations };
  const prepare: Prepare = { kind: "prepare", sequence, digest };
  const next: FollowerState = {
    ...judging,
    bindings: { ...state.bindings, prepared: sequence },
    proposals: [...state.proposals, proposal].slice(-MAX_SLOTS_PER_MEMBER),
  };
  return {
    state: next,
    effects: [
      { type: "stage", stage: "proposed", sequence },
      { type: "persist-message", kind: "prepare", sequence, message: prepare },
      { type: "broadcast", message: prepare },
    ],
  };
}

export function onPrepare(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; message: Prepare },
): Step<FollowerState> {
  const { from, message } = input;
  if (slotOf(message.sequence).configIndex !== ctx.configIndex)
    return refuse(state, from, { kind: "prepare", code: "wrong-configuration" });
  const kept = remember(state.prepares[from] ?? [], { sequence: message.sequence, digest: message.digest });
  if (kept === undefined) return refuse(state, from, { kind: "prepare", code: "duplicate" });
  return signIfPrepared(ctx, { ...state, prepares: state.prepares.with(from, kept) }, message.sequence);
}

export function onSignature(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; message: SignatureMessage },
): Step<FollowerState> {
  const { from, message } = input;
  const { sequence, digest, signature } = message;
  if (slotOf(sequence).configIndex !== ctx.configIndex)
    return refuse(state, from, { kind: "signature", code: "wrong-configuration" });
  const kept = remember(state.signatures[from] ?? [], { sequence, digest, signature });
  if (kept === undefined) return refuse(state, from, { kind: "signature", code: "duplicate" });
  if (!ctx.crypto.verifyDigest(from, digest, signature))
    return refuse(state, from, { kind: "signature", code: "bad-signature" });
  return { state: { ...state, signatures: state.signatures.with(from, kept) }, effects: [] };
}

/** Signs the report of a slot once Q members, this node among them, prepared the same digest. */
function signIfPrepared(ctx: ProtocolContext, state: FollowerState, sequence: bigint): Step<FollowerState> {
  const proposal = state.proposals.find((entry) => entry.sequence === sequence);
  if (proposal === undefined || sequence <= state.bindings.signed) return { state, effects: [] };
  if (slotOf(sequence).epoch !== state.epoch) return { state, effects: [] };
  const agrees = (votes: readonly Vote[]) =>
    votes.some((vote) => vote.sequence === sequence && vote.digest === proposal.digest);
  const matching = state.prepares.filter(agrees).length;
  if (matching < prepareQuorum(ctx.size) || !agrees(state.prepares[ctx.self] ?? [])) return { state, effects: [] };
  const signature = ctx.crypto.signDigest(proposal.digest);
  const message: SignatureMessage = { kind: "signature", sequence, digest: proposal.digest, signature };
  return {
    state: { ...state, bindings: { ...state.bindings, signed: sequence } },
    effects: [
      { type: "stage", stage: "prepared", sequence },
      { type: "persist-message", kind: "signature", sequence, message },
      { type: "stage", stage: "signed", sequence },
      { type: "broadcast", message },
    ],
  };
}

/** The first vote of a member for a slot counts; undefined if there is one already. */
function remember<V extends Vote>(votes: readonly V[], vote: V): readonly V[] | undefined {
  if (votes.some((known) => known.sequence === vote.sequence)) return undefined;
  return [...votes, vote].slice(-MAX_SLOTS_PER_MEMBER);
}

function slotRefusal(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; sequence: bigint },
): RefusalCode | undefined {
  const slot = slotOf(input.sequence);
  if (slot.configIndex !== ctx.configIndex) return "wrong-configuration";
  if (slot.epoch < state.epoch) return "old-epoch";
  if (slot.epoch > state.epoch) return "future-epoch";
  if (input.from !== leaderOf(slot.epoch, { n: ctx.size.n, configDigest: ctx.configDigest })) return "not-leader";
  if (slot.round < 1 || slot.round > ctx.timing.rMax) return "malformed";
  return undefined;
}

function proposalRefusal(
  ctx: ProtocolContext,
  from: number,
  { sequence, observations, signature }: Proposal,
): RefusalCode | undefined {
  if (observations.length !== observationQuorum(ctx.size)) return "bad-quorum";
  const ascending = observations.every(
    ({ observer }, i) => observer < ctx.size.n && observer > (observations[i - 1]?.observer ?? -1),
  );
  if (!ascending) return "bad-quorum";
  const wellFormed = observations.every(
    ({ observation }) => observation.sequence === sequence && ctx.plugin.isWellFormed(observation),
  );
  if (!wellFormed) return "malformed";
  // As leader this node verified each observation when it came, and it signed the proposal itself.
  if (from === ctx.self) return undefined;
  if (!ctx.crypto.verifyDigest(from, ctx.crypto.proposalDigest(sequence, observations), signature))
    return "bad-signature";
  return observations.every((entry) => ctx.crypto.verifyObservation(entry)) ? undefined : "bad-signature";
}

/** Late or early messages are nobody's fault; the rest is. */
const BLAMELESS: ReadonlySet<RefusalCode> = new Set([
  "old-epoch",
  "future-epoch",
  "old-slot",
  "too-early",
  "duplicate",
]);

function refuse(
  state: FollowerState,
  from: number,
  { kind, code }: { kind: Message["kind"]; code: RefusalCode },
): Step<FollowerState> {
  const effect: Effect = { type: "verdict", from, kind, verdict: BLAMELESS.has(code) ? ignore(code) : reject(code) };
  return { state, effects: [effect] };
}

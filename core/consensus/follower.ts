import { ignore, reject } from "../errors/verdict.ts";
import { slotOf } from "../types/sequence.ts";
import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, FeedValues, Observation, SignedObservation } from "../types/observation.ts";
import type { Report } from "../types/report.ts";
import type { Bindings } from "./memory.ts";
import type { Message, Prepare, Proposal, RoundStart, SignatureMessage } from "./messages.ts";
import { leaderOf } from "./permutation.ts";
import { proposalRefusal } from "./proposal-check.ts";
import type { Effect, ProtocolContext, RefusalCode, Step } from "./protocol.ts";
import { prepareQuorum } from "./quorum.ts";

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

export interface PrepareVote {
  readonly sequence: bigint;
  readonly digest: Hex;
}

/** A follower observes when the leader asks, checks the leader's proposal, prepares, and signs after Q Prepares. */
export interface FollowerState {
  readonly epoch: number;
  /** Takes part in nothing that would bind it: see `bindsFrom`. It still collects what it needs for final reports. */
  readonly silent: boolean;
  readonly bindings: Bindings;
  /** The slot that this node is fetching data for, and since when. */
  readonly observing: bigint;
  readonly observingSince: number;
  /** This node's newest observation. */
  readonly own: SignedObservation | undefined;
  /** The last slot whose proposal was looked at: a leader's second one is not, whatever became of the first. */
  readonly judged: bigint;
  readonly proposals: readonly CheckedProposal[];
  readonly prepares: readonly (readonly PrepareVote[])[];
}

export interface FollowerStart {
  readonly epoch: number;
  readonly silent: boolean;
  readonly bindings: Bindings;
}

export function startFollower(ctx: ProtocolContext, start: FollowerStart): FollowerState {
  const { observed, prepared } = start.bindings;
  return {
    ...start,
    ...{ observing: observed, observingSince: -Infinity, own: undefined, judged: prepared, proposals: [] },
    prepares: Array.from({ length: ctx.size.n }, () => []),
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
  const next = { ...state, observing: sequence, observingSince: input.now };
  if (state.silent) return { state: next, effects: [] };
  return {
    state: next,
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
  if (state.silent || sequence !== state.observing || sequence <= state.bindings.observed)
    return { state, effects: [] };
  if (slotOf(sequence).epoch !== state.epoch) return { state, effects: [] };
  const own = ctx.crypto.signObservation(observation);
  const message = { kind: "observation" as const, ...own };
  return {
    state: { ...state, own, bindings: { ...state.bindings, observed: sequence } },
    effects: [
      { type: "persist-message", kind: "observation", sequence, message },
      { type: "stage", stage: "observed", sequence },
      { type: "send", to: leaderOf(state.epoch, { n: ctx.size.n, configDigest: ctx.configDigest }), message },
    ],
  };
}

/** @param input.observationsHash of the message's observations. */
export function onProposal(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; message: Proposal; observationsHash: Hex },
): Step<FollowerState> {
  const { from, message } = input;
  const { sequence } = message;
  const slotCode = slotRefusal(ctx, state, { from, sequence });
  if (slotCode !== undefined) return refuse(state, from, { kind: "proposal", code: slotCode });
  if (sequence <= state.bindings.prepared) return refuse(state, from, { kind: "proposal", code: "old-slot" });
  if (sequence <= state.judged) return refuse(state, from, { kind: "proposal", code: "duplicate" });
  const judging = { ...state, judged: sequence };
  const code = proposalRefusal(ctx, { ...input, own: state.own });
  if (code !== undefined) return refuse(judging, from, { kind: "proposal", code });
  const outcome = ctx.plugin.report(sequence, message.observations);
  if (outcome.kind === "failed") return refuse(judging, from, { kind: "proposal", code: "bad-report" });
  const { report, feeds, digest } = outcome;
  const proposal: CheckedProposal = { sequence, digest, report, feeds, observations: message.observations };
  return prepare(
    { ...judging, proposals: [...state.proposals, proposal].slice(-MAX_SLOTS_PER_MEMBER) },
    { ...input, digest },
  );
}

function prepare(
  state: FollowerState,
  { message, digest, observationsHash }: { message: Proposal; digest: Hex; observationsHash: Hex },
): Step<FollowerState> {
  const { sequence, signature: proposalSignature } = message;
  const proposed: Effect = { type: "stage", stage: "proposed", sequence };
  if (state.silent) return { state, effects: [proposed] };
  const vote: Prepare = { kind: "prepare", sequence, digest, observationsHash, proposalSignature };
  return {
    state: { ...state, bindings: { ...state.bindings, prepared: sequence } },
    effects: [
      proposed,
      { type: "persist-message", kind: "prepare", sequence, message: vote },
      { type: "broadcast", message: vote },
    ],
  };
}

export function onPrepare(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; message: Prepare },
): Step<FollowerState> {
  const { from, message } = input;
  const { sequence, digest } = message;
  if (slotOf(sequence).configIndex !== ctx.configIndex)
    return refuse(state, from, { kind: "prepare", code: "wrong-configuration" });
  const votes = state.prepares[from] ?? [];
  // The first vote of a member for a slot counts.
  if (votes.some((vote) => vote.sequence === sequence))
    return refuse(state, from, { kind: "prepare", code: "duplicate" });
  const kept = [...votes, { sequence, digest }].slice(-MAX_SLOTS_PER_MEMBER);
  return signIfPrepared(ctx, { ...state, prepares: state.prepares.with(from, kept) }, sequence);
}

/** Signs the report of a slot once Q members, this node among them, prepared the same digest. */
function signIfPrepared(ctx: ProtocolContext, state: FollowerState, sequence: bigint): Step<FollowerState> {
  const proposal = state.proposals.find((entry) => entry.sequence === sequence);
  if (proposal === undefined || state.silent || sequence <= state.bindings.signed) return { state, effects: [] };
  if (slotOf(sequence).epoch !== state.epoch) return { state, effects: [] };
  const agrees = (votes: readonly PrepareVote[]) =>
    votes.some((vote) => vote.sequence === sequence && vote.digest === proposal.digest);
  const matching = state.prepares.filter(agrees).length;
  if (matching < prepareQuorum(ctx.size) || !agrees(state.prepares[ctx.self] ?? [])) return { state, effects: [] };
  const signature = ctx.crypto.signDigest(proposal.digest);
  const message: SignatureMessage = { kind: "signature", report: proposal.report, signature };
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

function slotRefusal(
  ctx: ProtocolContext,
  state: FollowerState,
  input: { from: number; sequence: bigint },
): RefusalCode | undefined {
  const slot = slotOf(input.sequence);
  if (slot.configIndex !== ctx.configIndex) return "wrong-configuration";
  if (slot.epoch < state.epoch) return "old-epoch";
  if (input.from !== leaderOf(slot.epoch, { n: ctx.size.n, configDigest: ctx.configDigest })) return "not-leader";
  if (slot.round < 1 || slot.round > ctx.timing.rMax) return "malformed";
  return slot.epoch > state.epoch ? "future-epoch" : undefined;
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

import { ignore, reject } from "../errors/verdict.ts";
import { sequenceOf } from "../types/sequence.ts";
import type { AttributedObservation } from "../types/observation.ts";
import type { ObservationMessage, Proposal } from "./messages.ts";
import { leaderOf } from "./permutation.ts";
import type { Effect, ProtocolContext, RefusalCode, Step } from "./protocol.ts";
import { observationQuorum } from "./quorum.ts";

/**
 * The leader of an epoch starts a round every DeltaRound, collects signed observations, waits DeltaGrace after the
 * first 2f+1 for more to choose from, and proposes exactly 2f+1 of them. It waits longer while its choice leaves out a
 * feed that more than f members observed: else f members who answer at once, and never show that feed, would keep it
 * out of all reports for as long as one honest member answers later than DeltaGrace after them.
 */
export interface LeaderState {
  readonly epoch: number;
  readonly leading: boolean;
  /** The last round started in this epoch, 0 before the first. */
  readonly round: number;
  readonly phase: "idle" | "collecting" | "grace" | "patience";
  readonly nextRoundAt: number;
  /** When what the phase waits for is over: DeltaGrace, or the patience with those who have not answered. */
  readonly deadline: number;
  /** One per member for the current slot; the first valid one counts. */
  readonly observations: readonly (AttributedObservation | undefined)[];
  /** Feeds that the chain wants now. */
  readonly due: number;
}

export interface EpochStart {
  readonly epoch: number;
  /** The last round of this epoch that this node remembers having taken part in; 0 if none. */
  readonly lastRound: number;
  /** Leads nothing, since it must not bind itself. */
  readonly silent: boolean;
  readonly now: number;
}

export function startLeader(ctx: ProtocolContext, start: EpochStart, due: number): LeaderState {
  const leader = leaderOf(start.epoch, { n: ctx.size.n, configDigest: ctx.configDigest });
  return {
    epoch: start.epoch,
    leading: leader === ctx.self && !start.silent,
    round: start.lastRound,
    phase: "idle",
    nextRoundAt: start.now,
    deadline: Infinity,
    observations: [],
    due,
  };
}

export function onLeaderTick(ctx: ProtocolContext, state: LeaderState, now: number): Step<LeaderState> {
  if (!state.leading) return { state, effects: [] };
  // The next round first: a proposal that cannot be made must not hold it up.
  if (now >= state.nextRoundAt && state.round < ctx.timing.rMax) return startRound(ctx, state, now);
  if (now < state.deadline) return { state, effects: [] };
  return state.phase === "grace" ? endGrace(ctx, state) : propose(ctx, state);
}

export function onObservation(
  ctx: ProtocolContext,
  state: LeaderState,
  input: { from: number; message: ObservationMessage; now: number },
): Step<LeaderState> {
  const code = refusal(ctx, state, input);
  if (code !== undefined) return { state, effects: [refused(input.from, code)] };
  const { observation, signature } = input.message;
  const observations = state.observations.with(input.from, { observer: input.from, observation, signature });
  const count = observations.filter((entry) => entry !== undefined).length;
  const next = { ...state, observations };
  if (count === ctx.size.n) return propose(ctx, next);
  if (state.phase === "patience") return leavesOut(ctx, next) ? { state: next, effects: [] } : propose(ctx, next);
  if (count < observationQuorum(ctx.size) || state.phase === "grace") return { state: next, effects: [] };
  return { state: { ...next, phase: "grace", deadline: input.now + ctx.timing.deltaGrace }, effects: [] };
}

/** The slot that this leader collects observations for, if any. */
export function openSlot(ctx: ProtocolContext, state: LeaderState): bigint | undefined {
  return state.leading && state.phase !== "idle" ? currentSequence(ctx, state) : undefined;
}

export function leaderWakeAt(ctx: ProtocolContext, state: LeaderState): number {
  if (!state.leading) return Infinity;
  const round = state.round < ctx.timing.rMax ? state.nextRoundAt : Infinity;
  return Math.min(state.deadline, round);
}

function currentSequence(ctx: ProtocolContext, state: LeaderState): bigint {
  return sequenceOf({ configIndex: ctx.configIndex, epoch: state.epoch, round: state.round });
}

function startRound(ctx: ProtocolContext, state: LeaderState, now: number): Step<LeaderState> {
  const next: LeaderState = {
    ...state,
    round: state.round + 1,
    phase: "collecting",
    nextRoundAt: now + ctx.timing.deltaRound,
    deadline: Infinity,
    observations: Array.from({ length: ctx.size.n }, () => undefined),
  };
  const sequence = currentSequence(ctx, next);
  return {
    state: next,
    effects: [
      { type: "stage", stage: "round-started", sequence },
      { type: "broadcast", message: { kind: "round-start", sequence } },
    ],
  };
}

/** Proposes, or has patience: for a quarter of DeltaRound, and no longer than to the middle of the round. */
function endGrace(ctx: ProtocolContext, state: LeaderState): Step<LeaderState> {
  const { deltaRound } = ctx.timing;
  const deadline = Math.min(state.deadline + deltaRound / 4, state.nextRoundAt - deltaRound / 2);
  if (deadline <= state.deadline || !leavesOut(ctx, state)) return propose(ctx, state);
  return { state: { ...state, phase: "patience", deadline }, effects: [] };
}

function leavesOut(ctx: ProtocolContext, state: LeaderState): boolean {
  const collected = collectedIn(state);
  const chosen = ctx.plugin.choose(collected, state.due);
  return chosen !== undefined && ctx.plugin.leavesOut(collected, chosen);
}

function collectedIn({ observations }: LeaderState): readonly AttributedObservation[] {
  return observations.filter((entry) => entry !== undefined);
}

function propose(ctx: ProtocolContext, state: LeaderState): Step<LeaderState> {
  const sequence = currentSequence(ctx, state);
  const collected = collectedIn(state);
  const observations = ctx.plugin.choose(collected, state.due);
  if (observations === undefined) return { state: { ...state, phase: "collecting", deadline: Infinity }, effects: [] };
  const header = { sequence, observationsHash: ctx.crypto.observationsHash(observations) };
  const signature = ctx.crypto.signDigest(ctx.crypto.proposalHeaderDigest(header));
  const message: Proposal = { kind: "proposal", sequence, observations, signature };
  return {
    state: { ...state, phase: "idle", deadline: Infinity },
    effects: [
      { type: "persist-message", kind: "proposal", sequence, message },
      { type: "broadcast", message },
    ],
  };
}

type Refusal = { readonly blame: boolean; readonly code: RefusalCode } | undefined;

function refusal(
  ctx: ProtocolContext,
  state: LeaderState,
  input: { from: number; message: ObservationMessage },
): Refusal {
  const { observation } = input.message;
  if (!state.leading || state.phase === "idle") return { blame: false, code: "not-collecting" };
  if (observation.sequence !== currentSequence(ctx, state)) return { blame: false, code: "old-slot" };
  if (state.observations[input.from] !== undefined) return { blame: false, code: "duplicate" };
  if (!ctx.plugin.isWellFormed(observation)) return { blame: true, code: "malformed" };
  if (input.from === ctx.self) return undefined; // Just signed.
  const attributed = { observer: input.from, observation, signature: input.message.signature };
  return ctx.crypto.verifyObservation(attributed) ? undefined : { blame: true, code: "bad-signature" };
}

function refused(from: number, { blame, code }: NonNullable<Refusal>): Effect {
  return { type: "verdict", from, kind: "observation", verdict: blame ? reject(code) : ignore(code) };
}

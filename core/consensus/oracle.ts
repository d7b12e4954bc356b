import { assertNever } from "../errors/assert-never.ts";
import { sequenceOf, slotOf } from "../types/sequence.ts";
import type { FinalReport } from "../types/final.ts";
import { type FinalisationState, finaliseIfSigned, lastSequence, onFinal } from "./finalisation.ts";
import {
  type Bindings,
  type FollowerState,
  onObserved,
  onPrepare,
  onProposal,
  onRoundStart,
  onSignature,
  startFollower,
} from "./follower.ts";
import { type LeaderState, leaderWakeAt, onLeaderTick, onObservation, openSlot, startLeader } from "./leader.ts";
import type { Message } from "./messages.ts";
import {
  type EpochRecord,
  newEpochOf,
  onPacemakerTick,
  onProgress,
  onRoundsExhausted,
  onWish,
  type PacemakerState,
  pacemakerWakeAt,
  startPacemaker,
} from "./pacemaker.ts";
import type { Effect, ProtocolContext, ProtocolEvent, Step } from "./protocol.ts";

/**
 * One node's protocol: (state, event, now) → (state, effects).
 *
 *            wishes                    RoundStart, Proposal
 *   peers ──────────▶ pacemaker ─epoch─▶ leader ─────────────▶ all
 *                         ▲                ▲ Observation
 *                  final  │                │
 *   peers ◀─Prepare──▶ follower ───────────┘
 *         ◀Signature─▶    └──▶ finalisation ──▶ final report
 */
export interface OracleState {
  readonly pacemaker: PacemakerState;
  readonly leader: LeaderState;
  readonly follower: FollowerState;
  readonly finalisation: FinalisationState;
}

/** What a node remembers over a restart. A fresh node starts in epoch 1. */
export interface ProtocolRecord {
  readonly epoch: EpochRecord;
  readonly bindings: Bindings;
  readonly lastFinal: FinalReport | undefined;
}

export const FRESH_RECORD: ProtocolRecord = {
  epoch: { epoch: 1, wish: 1 },
  bindings: { observed: 0n, prepared: 0n, signed: 0n },
  lastFinal: undefined,
};

export function startOracle(ctx: ProtocolContext, record: ProtocolRecord, now: number): OracleState {
  const { epoch } = record.epoch;
  return {
    pacemaker: startPacemaker(ctx, record.epoch, now),
    leader: startLeader(ctx, { epoch, lastRound: lastRoundOf(ctx, record, epoch), now }, 0),
    follower: startFollower(ctx, epoch, record.bindings),
    finalisation: { last: record.lastFinal },
  };
}

/** Performs one event, and what a node says to itself, to the end. */
export function stepOracle(
  ctx: ProtocolContext,
  state: OracleState,
  input: { event: ProtocolEvent; now: number },
): Step<OracleState> {
  const { event, now } = input;
  switch (event.type) {
    case "started":
    case "tick":
      return onTick(ctx, state, now);
    case "connected":
      return { state, effects: greeting(ctx, state, event.peer) };
    case "due":
      return { state: { ...state, leader: { ...state.leader, due: event.mask } }, effects: [] };
    case "observed":
      return settle(ctx, onFollower(state, onObserved(ctx, state.follower, event.observation)), now);
    case "message":
      return settle(ctx, onMessage(ctx, state, { ...event, now }), now);
    default:
      return assertNever(event);
  }
}

/** When the machine wants its next tick, in the same clock as `now`. */
export function wakeAt(ctx: ProtocolContext, state: OracleState): number {
  return Math.min(pacemakerWakeAt(state.pacemaker), leaderWakeAt(ctx, state.leader));
}

interface Incoming {
  readonly from: number;
  readonly message: Message;
  readonly now: number;
}

function onMessage(ctx: ProtocolContext, state: OracleState, { from, message, now }: Incoming): Step<OracleState> {
  switch (message.kind) {
    case "new-epoch":
      return onPacemaker(state, onWish(ctx, state.pacemaker, { ...message, from, now }));
    case "round-start":
      return onFollower(state, onRoundStart(ctx, state.follower, { from, message, now }));
    case "observation":
      return onLeader(state, onObservation(ctx, state.leader, { from, message, now }));
    case "proposal":
      return onFollower(state, onProposal(ctx, state.follower, { from, message }));
    case "prepare":
      return afterVote(ctx, state, {
        step: onPrepare(ctx, state.follower, { from, message }),
        sequence: message.sequence,
      });
    case "signature":
      return afterVote(ctx, state, {
        step: onSignature(ctx, state.follower, { from, message }),
        sequence: message.sequence,
      });
    case "final":
      return onFinalisation(state, onFinal(ctx, state.finalisation, { from, final: message.final }));
    default:
      return assertNever(message);
  }
}

function onTick(ctx: ProtocolContext, state: OracleState, now: number): Step<OracleState> {
  const paced = settle(ctx, onPacemaker(state, onPacemakerTick(ctx, state.pacemaker, now)), now);
  const led = settle(ctx, onLeader(paced.state, onLeaderTick(ctx, paced.state.leader, now)), now);
  return { state: led.state, effects: [...paced.effects, ...led.effects] };
}

/**
 * Carries a step's consequences inside this node: it hears its own broadcasts, a new epoch resets leader and follower,
 * a final report counts as progress. Each round of consequences names a later stage of the protocol, so this ends.
 */
function settle(ctx: ProtocolContext, step: Step<OracleState>, now: number): Step<OracleState> {
  let state = step.state;
  const effects: Effect[] = [];
  const pending = [...step.effects];
  for (let effect = pending.shift(); effect !== undefined; effect = pending.shift()) {
    effects.push(effect);
    const consequence = consequenceOf(ctx, state, { effect, now });
    state = consequence.state;
    pending.push(...consequence.effects);
  }
  return { state, effects: effects.filter((effect) => effect.type !== "send" || effect.to !== ctx.self) };
}

function consequenceOf(
  ctx: ProtocolContext,
  state: OracleState,
  { effect, now }: { effect: Effect; now: number },
): Step<OracleState> {
  const own = effect.type === "broadcast" || (effect.type === "send" && effect.to === ctx.self);
  if (own) return onMessage(ctx, state, { from: ctx.self, message: effect.message, now });
  if (effect.type === "epoch") return { state: enterEpoch(ctx, state, { epoch: effect.epoch, now }), effects: [] };
  if (effect.type === "final") return afterFinal(ctx, state, { final: effect.final, now });
  return { state, effects: [] };
}

function enterEpoch(
  ctx: ProtocolContext,
  state: OracleState,
  { epoch, now }: { epoch: number; now: number },
): OracleState {
  return {
    ...state,
    leader: startLeader(ctx, { epoch, lastRound: 0, now }, state.leader.due),
    follower: { ...state.follower, epoch },
  };
}

function afterFinal(
  ctx: ProtocolContext,
  state: OracleState,
  { final, now }: { final: FinalReport; now: number },
): Step<OracleState> {
  const slot = slotOf(final.report.sequence);
  const progressed = { ...state, pacemaker: onProgress(ctx, state.pacemaker, now) };
  const exhausted = slot.epoch === state.pacemaker.epoch && slot.round >= ctx.timing.rMax;
  return exhausted
    ? onPacemaker(progressed, onRoundsExhausted(ctx, progressed.pacemaker, now))
    : { state: progressed, effects: [] };
}

function afterVote(
  ctx: ProtocolContext,
  state: OracleState,
  vote: { step: Step<FollowerState>; sequence: bigint },
): Step<OracleState> {
  const voted = onFollower(state, vote.step);
  const { follower, finalisation } = voted.state;
  const finalised = onFinalisation(
    voted.state,
    finaliseIfSigned(ctx, finalisation, { follower, sequence: vote.sequence }),
  );
  return { state: finalised.state, effects: [...voted.effects, ...finalised.effects] };
}

/** What a peer that (re)connects must know to join: how far we want to go, how far we are, and which round is open. */
function greeting(ctx: ProtocolContext, state: OracleState, peer: number): Effect[] {
  const { last } = state.finalisation;
  const open = openSlot(ctx, state.leader);
  const messages: Message[] = [
    newEpochOf(state.pacemaker),
    ...(last === undefined ? [] : [{ kind: "final", final: last } as const]),
    ...(open === undefined ? [] : [{ kind: "round-start", sequence: open } as const]),
  ];
  return messages.map((message) => ({ type: "send", to: peer, message }));
}

/** A leader that restarts inside its epoch must not reuse a slot that it has bound itself for. */
function lastRoundOf(ctx: ProtocolContext, record: ProtocolRecord, epoch: number): number {
  const { observed, prepared, signed } = record.bindings;
  const sequences = [observed, prepared, signed, lastSequence({ last: record.lastFinal })];
  const inEpoch = sequences.filter(
    (sequence) => sequence >= sequenceOf({ configIndex: ctx.configIndex, epoch, round: 0 }),
  );
  return Math.max(0, ...inEpoch.map((sequence) => slotOf(sequence).round));
}

function onPacemaker(state: OracleState, step: Step<PacemakerState>): Step<OracleState> {
  return { state: { ...state, pacemaker: step.state }, effects: step.effects };
}

function onLeader(state: OracleState, step: Step<LeaderState>): Step<OracleState> {
  return { state: { ...state, leader: step.state }, effects: step.effects };
}

function onFollower(state: OracleState, step: Step<FollowerState>): Step<OracleState> {
  return { state: { ...state, follower: step.state }, effects: step.effects };
}

function onFinalisation(state: OracleState, step: Step<FinalisationState>): Step<OracleState> {
  return { state: { ...state, finalisation: step.state }, effects: step.effects };
}

import type { NewEpoch } from "./messages.ts";
import type { Effect, ProtocolContext, Step } from "./protocol.ts";
import { leaderOf } from "./permutation.ts";

/**
 * Decides when to give up on a leader (OCR's pacemaker). No final report within DeltaProgress, or RMax rounds done,
 * makes a node wish for the next epoch; more than f wishes amplify, more than 2f enter.
 */
export interface PacemakerState {
  readonly epoch: number;
  /** The highest epoch that this node has asked for. */
  readonly wish: number;
  /** The highest epoch that each member has asked for, this node included. */
  readonly wishes: readonly number[];
  readonly progressDeadline: number;
  readonly resendDeadline: number;
}

/** What survives a restart. */
export interface EpochRecord {
  readonly epoch: number;
  readonly wish: number;
}

export function startPacemaker(ctx: ProtocolContext, record: EpochRecord, now: number): PacemakerState {
  const wishes = Array.from({ length: ctx.size.n }, (_, member) => (member === ctx.self ? record.wish : 0));
  return {
    ...record,
    wishes,
    progressDeadline: now + ctx.timing.deltaProgress,
    resendDeadline: now + ctx.timing.deltaResend,
  };
}

/** A NewEpoch as it arrives. */
export interface Wish {
  readonly from: number;
  /** What the sender wants, and where it is. */
  readonly epoch: number;
  readonly current: number;
  readonly now: number;
}

export function onWish(ctx: ProtocolContext, state: PacemakerState, wish: Wish): Step<PacemakerState> {
  const known = state.wishes[wish.from] ?? 0;
  const answer = answerToLaggard(ctx, state, wish);
  if (wish.epoch <= known) return { state, effects: answer };
  const wishes = state.wishes.map((epoch, member) => (member === wish.from ? wish.epoch : epoch));
  const settled = settle(ctx, { ...state, wishes }, wish.now);
  return { state: settled.state, effects: [...answer, ...settled.effects] };
}

/**
 * Whoever is in an earlier epoch has missed what brought us here: tell it. Of two members only the one ahead answers, so
 * answers do not answer each other.
 */
function answerToLaggard(ctx: ProtocolContext, state: PacemakerState, wish: Wish): Effect[] {
  if (wish.from === ctx.self || wish.current >= state.epoch) return [];
  return [{ type: "send", to: wish.from, message: newEpochOf(state) }];
}

/** What a member says of itself. */
export function newEpochOf({ epoch, wish }: EpochRecord): NewEpoch {
  return { kind: "new-epoch", epoch: wish, current: epoch };
}

/** Time passed: a leader without progress loses its epoch, and an unanswered wish is repeated. */
export function onPacemakerTick(ctx: ProtocolContext, state: PacemakerState, now: number): Step<PacemakerState> {
  if (now >= state.progressDeadline && state.wish <= state.epoch)
    return wishFor(ctx, state, { epoch: state.epoch + 1, now });
  if (now >= state.resendDeadline && state.wish > state.epoch) {
    const resendDeadline = now + ctx.timing.deltaResend;
    return {
      state: { ...state, resendDeadline },
      effects: [{ type: "broadcast", message: newEpochOf(state) }],
    };
  }
  return { state, effects: [] };
}

export function onProgress(ctx: ProtocolContext, state: PacemakerState, now: number): PacemakerState {
  return { ...state, progressDeadline: now + ctx.timing.deltaProgress };
}

/** All RMax rounds of the epoch are done: its leader's term is over. */
export function onRoundsExhausted(ctx: ProtocolContext, state: PacemakerState, now: number): Step<PacemakerState> {
  if (state.wish > state.epoch) return { state, effects: [] };
  return wishFor(ctx, state, { epoch: state.epoch + 1, now });
}

export function pacemakerWakeAt(state: PacemakerState): number {
  return state.wish > state.epoch ? state.resendDeadline : state.progressDeadline;
}

function wishFor(
  ctx: ProtocolContext,
  state: PacemakerState,
  { epoch, now }: { epoch: number; now: number },
): Step<PacemakerState> {
  const wishes = state.wishes.map((old, member) => (member === ctx.self ? epoch : old));
  const next = { ...state, wish: epoch, wishes, resendDeadline: now + ctx.timing.deltaResend };
  const settled = settle(ctx, next, now);
  const announce: Effect[] = [
    { type: "persist-epoch", epoch: state.epoch, wish: epoch },
    { type: "broadcast", message: newEpochOf(next) },
  ];
  return { state: settled.state, effects: [...announce, ...settled.effects] };
}

/** Amplifies and enters as the wishes allow. */
function settle(ctx: ProtocolContext, state: PacemakerState, now: number): Step<PacemakerState> {
  const { f } = ctx.size;
  const descending = state.wishes.toSorted((a, b) => b - a);
  const amplified = descending[f] ?? 0;
  if (amplified > state.wish) return wishFor(ctx, state, { epoch: amplified, now });
  const entered = descending[2 * f] ?? 0;
  if (entered <= state.epoch) return { state, effects: [] };
  return {
    state: { ...state, epoch: entered, progressDeadline: now + ctx.timing.deltaProgress },
    effects: [
      { type: "persist-epoch", epoch: entered, wish: state.wish },
      { type: "epoch", epoch: entered, leader: leaderOf(entered, { n: ctx.size.n, configDigest: ctx.configDigest }) },
    ],
  };
}

import { type EpochRecord, NOT_YET_KNOWN } from "../types/epoch.ts";
import type { NewEpoch } from "./messages.ts";
import type { Effect, ProtocolContext, Step } from "./protocol.ts";
import { leaderOf } from "./permutation.ts";

/**
 * Decides when to give up on a leader (OCR's pacemaker). No final report within DeltaProgress, or RMax rounds done,
 * makes a node wish for the next epoch; more than f wishes amplify, more than 2f enter.
 */
export interface PacemakerState extends EpochRecord {
  /** The highest epoch that each member has asked for, this node included. */
  readonly wishes: readonly number[];
  /** While `bindsFrom` is not known: the highest epoch that each other member has told since the start. */
  readonly told: readonly (number | undefined)[];
  readonly progressDeadline: number;
  readonly resendDeadline: number;
}

export function startPacemaker(ctx: ProtocolContext, record: EpochRecord, now: number): PacemakerState {
  const members = Array.from({ length: ctx.size.n }, (_, member) => member);
  return {
    ...record,
    wishes: members.map((member) => (member === ctx.self ? record.wish : 0)),
    told: members.map(() => undefined),
    progressDeadline: now + ctx.timing.deltaProgress,
    resendDeadline: now + ctx.timing.deltaResend,
  };
}

/** Whether this node may bind itself in its epoch. */
export function bindsItself({ epoch, bindsFrom }: EpochRecord): boolean {
  return epoch >= bindsFrom;
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
  const informed = learnBinding(ctx, state, wish);
  const answer = answerToLaggard(ctx, state, wish);
  const known = state.wishes[wish.from] ?? 0;
  if (wish.epoch <= known) return { state: informed, effects: answer };
  const wishes = state.wishes.map((epoch, member) => (member === wish.from ? wish.epoch : epoch));
  const settled = settle(ctx, { ...informed, wishes }, wish.now);
  return { state: settled.state, effects: [...answer, ...settled.effects] };
}

/**
 * A node that lost its memory may have bound itself in every epoch that it had entered. It had entered one only if 2f+1
 * members wished for it, f honest others among them, and those still say so. Of any n − f others at least one is among
 * these: above the highest epoch that n − f others tell, it has bound itself to nothing.
 */
function learnBinding(ctx: ProtocolContext, state: PacemakerState, wish: Wish): PacemakerState {
  if (state.bindsFrom !== NOT_YET_KNOWN || wish.from === ctx.self) return state;
  const told = state.told.with(wish.from, Math.max(wish.epoch, wish.current, state.told[wish.from] ?? 0));
  const epochs = told.filter((epoch) => epoch !== undefined);
  if (epochs.length < ctx.size.n - ctx.size.f) return { ...state, told };
  return { ...state, told, bindsFrom: Math.max(state.epoch, ...epochs) + 1 };
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

/**
 * What is to be remembered. Until a node that lost its memory binds itself again it asks anew after each restart: what it
 * was told may be a lie of a member that the operators have since shut out.
 */
export function persistEpoch({ epoch, wish, bindsFrom }: EpochRecord): Effect {
  const known = bindsItself({ epoch, wish, bindsFrom }) ? bindsFrom : NOT_YET_KNOWN;
  return { type: "persist-epoch", record: { epoch, wish, bindsFrom: known } };
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
  const announce: Effect[] = [persistEpoch(next), { type: "broadcast", message: newEpochOf(next) }];
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
  const next = { ...state, epoch: entered, progressDeadline: now + ctx.timing.deltaProgress };
  return {
    state: next,
    effects: [
      persistEpoch(next),
      { type: "epoch", epoch: entered, leader: leaderOf(entered, { n: ctx.size.n, configDigest: ctx.configDigest }) },
    ],
  };
}

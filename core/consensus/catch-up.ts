import { ignore } from "../errors/verdict.ts";
import type { Hex } from "../types/hex.ts";
import type { FinalRequest } from "./messages.ts";
import type { ProtocolContext, Step } from "./protocol.ts";

/** Final reports that a node looks for at a time; the oldest gives way. A proof is wanted of 64 reports at most, and each takes seconds. */
export const MAX_WANTED = 8;
/** How often each member that may hold a report is asked for it. */
const MAX_ASKS_PER_HOLDER = 2;
/** Requests go out this many per DeltaResend, one at a time; a member answers twice as many. */
const ASKS_PER_RESEND = 4;

/** Time at which a report is asked for that all members were asked for in vain: not before one of them comes back. */
const RESTING = Infinity;

/** A final report that exists and that this node does not hold. */
export interface Wanted {
  readonly sequence: bigint;
  readonly digest: Hex;
  /** Members that may hold it, in the order in which they are asked. */
  readonly holders: readonly number[];
  readonly asks: number;
  readonly askAt: number;
}

/** Fetches final reports, with their observations, from the members by digest. */
export interface CatchUpState {
  readonly wanted: readonly Wanted[];
  /** One request at a time. */
  readonly nextAskAt: number;
  /** Per member: when it was last served. */
  readonly servedAt: readonly number[];
}

export function startCatchUp(ctx: ProtocolContext): CatchUpState {
  return { wanted: [], nextAskAt: 0, servedAt: Array.from({ length: ctx.size.n }, () => -Infinity) };
}

/** f+1 members signed a report whose proposal has not come. It may be on its way: they are asked a little later. */
export function onAgreed(
  ctx: ProtocolContext,
  state: CatchUpState,
  input: { sequence: bigint; digest: Hex; holders: readonly number[]; now: number },
): CatchUpState {
  const { now, ...report } = input;
  return want(state, { ...report, asks: 0, askAt: now + ctx.timing.deltaResend / 2 });
}

/** The chain holds a report that this node lacks: any member may have it. */
export function onMissing(
  ctx: ProtocolContext,
  state: CatchUpState,
  input: { sequence: bigint; digest: Hex; now: number },
): CatchUpState {
  const { now, ...report } = input;
  const { n } = ctx.size;
  const holders = Array.from({ length: n - 1 }, (_, i) => (ctx.self + 1 + i) % n);
  return want(state, { ...report, holders, asks: 0, askAt: now });
}

/** Whether this report was asked for. */
export function isWanted(state: CatchUpState, report: { sequence: bigint; digest: Hex }): boolean {
  return state.wanted.some(({ sequence, digest }) => sequence === report.sequence && digest === report.digest);
}

/** A member is back: it is asked once for what was asked for in vain, after what has not been asked for so often. */
export function onHolderBack(state: CatchUpState, { peer, now }: { peer: number; now: number }): CatchUpState {
  const wanted = state.wanted.map((entry) => {
    if (entry.askAt !== RESTING || !entry.holders.includes(peer)) return entry;
    const holders = [...entry.holders.filter((holder) => holder !== peer), peer];
    return { ...entry, holders, asks: MAX_ASKS_PER_HOLDER * holders.length - 1, askAt: now };
  });
  return { ...state, wanted };
}

/** It came, or this node made it itself. */
export function onHeld(state: CatchUpState, report: { digest: Hex }): CatchUpState {
  return { ...state, wanted: state.wanted.filter(({ digest }) => digest !== report.digest) };
}

export function onCatchUpTick(ctx: ProtocolContext, state: CatchUpState, now: number): Step<CatchUpState> {
  if (now < state.nextAskAt) return { state, effects: [] };
  const next = state.wanted
    .filter(({ askAt }) => now >= askAt)
    .toSorted((a, b) => a.asks - b.asks || a.askAt - b.askAt)[0];
  if (next === undefined) return { state, effects: [] };
  const { sequence, digest, holders, asks } = next;
  const others = state.wanted.filter((entry) => entry !== next);
  const again = { ...next, asks: asks + 1, askAt: now + ctx.timing.deltaResend };
  const exhausted = again.asks >= MAX_ASKS_PER_HOLDER * holders.length;
  // What nobody gave rests until a member comes back: the links may have been cut. New wants push it out first.
  const wanted = exhausted ? [{ ...again, askAt: RESTING }, ...others] : [...others, again];
  return {
    state: { ...state, wanted, nextAskAt: now + ctx.timing.deltaResend / ASKS_PER_RESEND },
    effects: [
      {
        type: "send",
        to: holders[asks % holders.length] ?? ctx.self,
        message: { kind: "final-request", sequence, digest },
      },
    ],
  };
}

/** A member asks for a final report. One that asks faster than honest members do is not answered. */
export function onFinalRequest(
  ctx: ProtocolContext,
  state: CatchUpState,
  input: { from: number; message: FinalRequest; now: number },
): Step<CatchUpState> {
  const { from, message, now } = input;
  const pause = ctx.timing.deltaResend / (2 * ASKS_PER_RESEND);
  if (now - (state.servedAt[from] ?? -Infinity) < pause)
    return { state, effects: [{ type: "verdict", from, kind: "final-request", verdict: ignore("too-early") }] };
  return {
    state: { ...state, servedAt: state.servedAt.with(from, now) },
    effects: [{ type: "serve-final", to: from, sequence: message.sequence, digest: message.digest }],
  };
}

export function catchUpWakeAt({ wanted, nextAskAt }: CatchUpState): number {
  return Math.max(nextAskAt, Math.min(...wanted.map(({ askAt }) => askAt)));
}

function want(state: CatchUpState, entry: Wanted): CatchUpState {
  const active = state.wanted.filter(({ askAt }) => askAt !== RESTING);
  if (entry.holders.length === 0 || isWanted({ ...state, wanted: active }, entry)) return state;
  const others = onHeld(state, entry).wanted;
  return { ...state, wanted: [...others, entry].slice(-MAX_WANTED) };
}

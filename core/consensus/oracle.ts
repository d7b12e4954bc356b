import { assertNever } from "../errors/assert-never.ts";
import type { FinalReport } from "../types/final.ts";
import { slotOf } from "../types/sequence.ts";
import { catchUpWakeAt, onCatchUpTick, onHeld, onHolderBack, onMissing } from "./catch-up.ts";
import { earlyMessages } from "./early.ts";
import { lastSequence } from "./finalisation.ts";
import { onObserved } from "./follower.ts";
import { leaderWakeAt, onLeaderTick, openSlot, startLeader } from "./leader.ts";
import type { Message } from "./messages.ts";
import { type OracleState, withCatchUp, withFollower, withLeader, withPacemaker } from "./oracle-state.ts";
import {
  bindsItself,
  newEpochOf,
  onPacemakerTick,
  onProgress,
  onRoundsExhausted,
  pacemakerWakeAt,
  persistEpoch,
} from "./pacemaker.ts";
import type { Effect, ProtocolContext, ProtocolEvent, Step } from "./protocol.ts";
import { receive } from "./receive.ts";

/**
 * One node's protocol: (state, event, now) → (state, effects).
 *
 *            wishes                    RoundStart, Proposal
 *   peers ──────────▶ pacemaker ─epoch─▶ leader ─────────────▶ all
 *                         ▲                ▲ Observation
 *                  final  │                │
 *   peers ◀─Prepare──▶ follower ───────────┘
 *         ◀Signature─▶    └──▶ finalisation ──▶ final report
 *                                   ▲
 *   peers ◀─FinalRequest, Final─▶ catch-up         the witness hears all that members sign
 *
 * Performs one event, and what a node says to itself, to the end.
 */
export function stepOracle(
  ctx: ProtocolContext,
  state: OracleState,
  input: { event: ProtocolEvent; now: number },
): Step<OracleState> {
  const { event, now } = input;
  switch (event.type) {
    case "started":
      return onStarted(ctx, state, now);
    case "tick":
      return onTick(ctx, state, now);
    case "connected":
      return {
        state: { ...state, catchUp: onHolderBack(state.catchUp, { peer: event.peer, now }) },
        effects: greeting(ctx, state, event.peer),
      };
    case "due":
      return { state: { ...state, leader: { ...state.leader, due: event.mask } }, effects: [] };
    case "missing":
      return { state: { ...state, catchUp: onMissing(ctx, state.catchUp, { ...event, now }) }, effects: [] };
    case "observed":
      return settle(ctx, withFollower(state, onObserved(ctx, state.follower, event.observation)), now);
    case "message":
      return settle(ctx, receive(ctx, state, { ...event, now }), now);
    default:
      return assertNever(event);
  }
}

/** When the machine wants its next tick, in the same clock as `now`. */
export function wakeAt(ctx: ProtocolContext, state: OracleState): number {
  return Math.min(pacemakerWakeAt(state.pacemaker), leaderWakeAt(ctx, state.leader), catchUpWakeAt(state.catchUp));
}

/** A node that lost its memory remembers from now on that it did. */
function onStarted(ctx: ProtocolContext, state: OracleState, now: number): Step<OracleState> {
  const step = onTick(ctx, state, now);
  return state.follower.silent ? { ...step, effects: [persistEpoch(state.pacemaker), ...step.effects] } : step;
}

function onTick(ctx: ProtocolContext, state: OracleState, now: number): Step<OracleState> {
  const paced = settle(ctx, withPacemaker(state, onPacemakerTick(ctx, state.pacemaker, now)), now);
  const led = settle(ctx, withLeader(paced.state, onLeaderTick(ctx, paced.state.leader, now)), now);
  const asked = withCatchUp(led.state, onCatchUpTick(ctx, led.state.catchUp, now));
  return { state: asked.state, effects: [...paced.effects, ...led.effects, ...asked.effects] };
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
  if (own) return receive(ctx, state, { from: ctx.self, message: effect.message, now });
  if (effect.type === "epoch") return enterEpoch(ctx, state, { epoch: effect.epoch, leader: effect.leader, now });
  if (effect.type === "recovered")
    return { state: { ...state, catchUp: onHeld(state.catchUp, effect.final) }, effects: [] };
  if (effect.type === "final") return afterFinal(ctx, state, { final: effect.final, now });
  return { state, effects: [] };
}

function enterEpoch(
  ctx: ProtocolContext,
  state: OracleState,
  { epoch, leader, now }: { epoch: number; leader: number; now: number },
): Step<OracleState> {
  const silent = !bindsItself(state.pacemaker);
  const firstRoundAt = firstRoundOf(ctx, state, now);
  const { messages, rest } = earlyMessages(ctx, state.early, epoch);
  const entered: OracleState = {
    ...state,
    early: rest,
    leader: startLeader(ctx, { epoch, lastRound: 0, silent, now: firstRoundAt }, state.leader.due),
    follower: { ...state.follower, epoch, silent },
  };
  return messages.reduce<Step<OracleState>>(
    (step, message) => {
      const next = receive(ctx, step.state, { from: leader, message, now });
      return { state: next.state, effects: [...step.effects, ...next.effects] };
    },
    { state: entered, effects: [] },
  );
}

/** Where the last term ended by RMax, rounds stay DeltaRound apart; where its leader failed, the next one does not wait. */
function firstRoundOf({ timing }: ProtocolContext, { finalisation, follower }: OracleState, now: number): number {
  const last = slotOf(lastSequence(finalisation));
  const endedByItself = last.round >= timing.rMax && last.epoch === follower.epoch;
  return endedByItself ? Math.max(now, follower.observingSince + timing.deltaRound) : now;
}

function afterFinal(
  ctx: ProtocolContext,
  state: OracleState,
  { final, now }: { final: FinalReport; now: number },
): Step<OracleState> {
  const slot = slotOf(final.report.sequence);
  const held: OracleState = { ...state, catchUp: onHeld(state.catchUp, final) };
  // Of another epoch it says nothing of this one's leader; a member that was left behind must notice that it is.
  if (slot.epoch !== state.pacemaker.epoch) return { state: held, effects: [] };
  const progressed: OracleState = { ...held, pacemaker: onProgress(ctx, state.pacemaker, now) };
  return slot.round >= ctx.timing.rMax
    ? withPacemaker(progressed, onRoundsExhausted(ctx, progressed.pacemaker, now))
    : { state: progressed, effects: [] };
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

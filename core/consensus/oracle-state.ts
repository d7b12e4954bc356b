import { sequenceOf, slotOf } from "../types/sequence.ts";
import { type CatchUpState, startCatchUp } from "./catch-up.ts";
import { type EarlyState, startEarly } from "./early.ts";
import { type FinalisationState, lastSequence, startFinalisation } from "./finalisation.ts";
import { type FollowerState, startFollower } from "./follower.ts";
import { type LeaderState, startLeader } from "./leader.ts";
import type { ProtocolRecord } from "./memory.ts";
import { bindsItself, type PacemakerState, startPacemaker } from "./pacemaker.ts";
import type { ProtocolContext, Step } from "./protocol.ts";
import { startWitness, type WitnessState } from "./witness.ts";

/** The roles of one node, each with its own state: see `stepOracle`. */
export interface OracleState {
  readonly pacemaker: PacemakerState;
  readonly leader: LeaderState;
  readonly follower: FollowerState;
  readonly finalisation: FinalisationState;
  readonly catchUp: CatchUpState;
  readonly early: EarlyState;
  readonly witness: WitnessState;
}

export function startOracle(ctx: ProtocolContext, record: ProtocolRecord, now: number): OracleState {
  const { epoch } = record.epoch;
  const silent = !bindsItself(record.epoch);
  return {
    pacemaker: startPacemaker(ctx, record.epoch, now),
    leader: startLeader(ctx, { epoch, lastRound: lastRoundOf(ctx, record, epoch), silent, now }, 0),
    follower: startFollower(ctx, { epoch, silent, bindings: record.bindings }),
    finalisation: startFinalisation(ctx, record.lastFinal),
    catchUp: startCatchUp(ctx),
    early: startEarly(ctx),
    witness: startWitness(ctx),
  };
}

/** A leader that restarts inside its epoch must not reuse a slot that it has bound itself for. */
function lastRoundOf(ctx: ProtocolContext, { bindings, lastFinal }: ProtocolRecord, epoch: number): number {
  const { observed, proposed, prepared, signed } = bindings;
  const start = sequenceOf({ configIndex: ctx.configIndex, epoch, round: 0 });
  const sequences = [observed, proposed, prepared, signed, lastSequence({ last: lastFinal })];
  const inEpoch = sequences.filter((sequence) => sequence >= start && slotOf(sequence).epoch === epoch);
  return Math.max(0, ...inEpoch.map((sequence) => slotOf(sequence).round));
}

export function withPacemaker(state: OracleState, step: Step<PacemakerState>): Step<OracleState> {
  return { state: { ...state, pacemaker: step.state }, effects: step.effects };
}

export function withLeader(state: OracleState, step: Step<LeaderState>): Step<OracleState> {
  return { state: { ...state, leader: step.state }, effects: step.effects };
}

export function withFollower(state: OracleState, step: Step<FollowerState>): Step<OracleState> {
  return { state: { ...state, follower: step.state }, effects: step.effects };
}

export function withFinalisation(state: OracleState, step: Step<FinalisationState>): Step<OracleState> {
  return { state: { ...state, finalisation: step.state }, effects: step.effects };
}

export function withCatchUp(state: OracleState, step: Step<CatchUpState>): Step<OracleState> {
  return { state: { ...state, catchUp: step.state }, effects: step.effects };
}

import { assertNever } from "../errors/assert-never.ts";
import type { FinalReport } from "../types/final.ts";
import { sequenceOf, slotOf } from "../types/sequence.ts";
import { isWanted, onAgreed, onFinalRequest } from "./catch-up.ts";
import { keepEarly } from "./early.ts";
import { agreedReport, finaliseIfSigned, lastSequence, onFinal, onSignature } from "./finalisation.ts";
import { onPrepare, onProposal, onRoundStart } from "./follower.ts";
import { onObservation } from "./leader.ts";
import type { Message, Prepare, Proposal, SignatureMessage } from "./messages.ts";
import {
  type OracleState,
  withCatchUp,
  withFinalisation,
  withFollower,
  withLeader,
  withPacemaker,
} from "./oracle-state.ts";
import { onWish } from "./pacemaker.ts";
import { leaderOf } from "./permutation.ts";
import type { ProtocolContext, Step } from "./protocol.ts";
import { onStatement, type Statement } from "./witness.ts";

/** A message as it arrives; from this node itself too. */
export interface Incoming {
  readonly from: number;
  readonly message: Message;
  readonly now: number;
}

/** Hands a message to the roles that it concerns, and what it says to the witness. */
export function receive(ctx: ProtocolContext, state: OracleState, { from, message, now }: Incoming): Step<OracleState> {
  switch (message.kind) {
    case "new-epoch":
      return withPacemaker(state, onWish(ctx, state.pacemaker, { ...message, from, now }));
    case "round-start": {
      const early = keepEarly(ctx, state.early, { from, message, epoch: state.pacemaker.epoch });
      return withFollower({ ...state, early }, onRoundStart(ctx, state.follower, { from, message, now }));
    }
    case "observation":
      return afterStatement(ctx, withLeader(state, onObservation(ctx, state.leader, { from, message, now })), {
        ...{ kind: "observation", member: from, source: from, carrier: message.kind, verified: false },
        signed: message,
      });
    case "proposal":
      return onProposed(ctx, state, { from, message });
    case "prepare":
      return onPrepared(ctx, state, { from, message });
    case "signature":
      return onSigned(ctx, state, { from, message, now });
    case "final":
      return onFinalShown(ctx, state, { from, final: message.final });
    case "final-request":
      return withCatchUp(state, onFinalRequest(ctx, state.catchUp, { from, message, now }));
    default:
      return assertNever(message);
  }
}

/** A leader's proposal, and what it signed. Its second one for a slot is not followed, but witnessed. */
function onProposed(
  ctx: ProtocolContext,
  state: OracleState,
  { from, message }: { from: number; message: Proposal },
): Step<OracleState> {
  const { sequence, signature } = message;
  const observationsHash = ctx.crypto.observationsHash(message.observations);
  const early = keepEarly(ctx, state.early, { from, message, epoch: state.pacemaker.epoch });
  const step = onProposal(ctx, state.follower, { from, message, observationsHash });
  const finalised = finaliseSlot(ctx, withFollower({ ...state, early }, step), sequence);
  return afterHeader(ctx, finalised, {
    ...{ source: from, carrier: message.kind },
    signed: { sequence, observationsHash, signature },
  });
}

function onPrepared(
  ctx: ProtocolContext,
  state: OracleState,
  { from, message }: { from: number; message: Prepare },
): Step<OracleState> {
  const step = onPrepare(ctx, state.follower, { from, message });
  const voted = withFollower(state, step);
  if (step.state === state.follower) return voted; // Refused: a second one for a slot costs nothing.
  const { sequence, observationsHash, proposalSignature: signature } = message;
  return afterHeader(ctx, voted, {
    ...{ source: from, carrier: message.kind },
    signed: { sequence, observationsHash, signature },
  });
}

function onSigned(
  ctx: ProtocolContext,
  state: OracleState,
  { from, message, now }: { from: number; message: SignatureMessage; now: number },
): Step<OracleState> {
  const { sequence } = message.report;
  const voted = withFinalisation(state, onSignature(ctx, state.finalisation, { from, message }));
  const finalised = finaliseSlot(ctx, voted, sequence);
  const wanting = { ...finalised, state: wantIfAgreed(ctx, finalised.state, { message, now }) };
  return afterStatement(ctx, wanting, {
    ...{ kind: "report", member: from, source: from, carrier: message.kind, verified: from === ctx.self },
    signed: message,
  });
}

function onFinalShown(
  ctx: ProtocolContext,
  state: OracleState,
  { from, final }: { from: number; final: FinalReport },
): Step<OracleState> {
  const { digest, report, signatures } = final;
  const wanted = isWanted(state.catchUp, { sequence: report.sequence, digest });
  const step = onFinal(ctx, state.finalisation, { from, final, wanted });
  const shown = withFinalisation(state, step);
  if (!step.effects.some(({ type }) => type === "persist-final")) return shown;
  return signatures.reduce<Step<OracleState>>(
    (seen, { signer, signature }) =>
      afterStatement(ctx, seen, {
        ...{ kind: "report", member: signer, source: from, carrier: "final", verified: true },
        signed: { report, signature },
      }),
    shown,
  );
}

/** Whether the proposal that this node holds for a slot now has its signatures. */
function finaliseSlot(ctx: ProtocolContext, step: Step<OracleState>, sequence: bigint): Step<OracleState> {
  const { follower, finalisation } = step.state;
  const proposal = follower.proposals.find((entry) => entry.sequence === sequence);
  if (proposal === undefined) return step;
  const finalised = withFinalisation(step.state, finaliseIfSigned(ctx, finalisation, proposal));
  return { state: finalised.state, effects: [...step.effects, ...finalised.effects] };
}

/** Members have agreed on a report without us: its proposal did not come, or another one did. */
function wantIfAgreed(
  ctx: ProtocolContext,
  state: OracleState,
  { message, now }: { message: SignatureMessage; now: number },
): OracleState {
  const agreed = agreedReport(ctx, state.finalisation, message.report);
  if (agreed === undefined) return state;
  const { sequence } = agreed.report;
  const digest = ctx.crypto.reportDigest(agreed.report);
  const holders = agreed.signers.filter((signer) => signer !== ctx.self);
  return { ...state, catchUp: onAgreed(ctx, state.catchUp, { sequence, digest, holders, now }) };
}

/** The header of a proposal is the statement of its slot's leader, whoever shows it. */
function afterHeader(
  ctx: ProtocolContext,
  step: Step<OracleState>,
  shown: Pick<Extract<Statement, { kind: "proposal" }>, "signed" | "source" | "carrier">,
): Step<OracleState> {
  const { epoch } = slotOf(shown.signed.sequence);
  const member = leaderOf(epoch, { n: ctx.size.n, configDigest: ctx.configDigest });
  return afterStatement(ctx, step, { kind: "proposal", member, verified: false, ...shown });
}

function afterStatement(ctx: ProtocolContext, step: Step<OracleState>, statement: Statement): Step<OracleState> {
  const heard = onStatement(ctx, step.state.witness, { statement, frontier: frontierOf(ctx, step.state) });
  return { state: { ...step.state, witness: heard.state }, effects: [...step.effects, ...heard.effects] };
}

/**
 * How far a leader's word alone moves the frontier, in rounds: fewer than a witness remembers, or a leader could make it
 * forget an open slot by announcing one far ahead.
 */
const MAX_ROUNDS_ANNOUNCED = 8n;

/** The newest slot that this node knows to be open or over. */
function frontierOf(ctx: ProtocolContext, { pacemaker, follower, finalisation }: OracleState): bigint {
  const entered = sequenceOf({ configIndex: ctx.configIndex, epoch: pacemaker.epoch, round: 0 });
  const seen = [entered, follower.judged, lastSequence(finalisation)].reduce((a, b) => (a > b ? a : b));
  const announced = follower.observing < seen + MAX_ROUNDS_ANNOUNCED ? follower.observing : seen + MAX_ROUNDS_ANNOUNCED;
  return announced > seen ? announced : seen;
}

import { reject } from "../errors/verdict.ts";
import type { Equivocation, SignedProposalHeader, SignedReport } from "../types/evidence.ts";
import type { SignedObservation } from "../types/observation.ts";
import { slotOf } from "../types/sequence.ts";
import type { Message } from "./messages.ts";
import type { Effect, ProtocolContext, Step } from "./protocol.ts";

/** Slots of which a member's signed statements are remembered: far more than are ever open at once. */
export const MAX_WITNESSED_SLOTS = 16;
/** Rounds beyond the newest one known of which statements are remembered: a member may be a little ahead of us. */
const MAX_ROUNDS_AHEAD = 2;

/** Something that a member signed, as it was heard. */
export type Statement = (
  | { readonly kind: "proposal"; readonly signed: SignedProposalHeader }
  | { readonly kind: "report"; readonly signed: SignedReport }
  | { readonly kind: "observation"; readonly signed: SignedObservation }
) & {
  /** Who signed it, or is said to have. */
  readonly member: number;
  /** Who sent it, and in what message: to blame if it is forged. */
  readonly source: number;
  readonly carrier: Message["kind"];
  readonly verified: boolean;
};

interface Remembered {
  readonly statement: Statement;
  /** Whether it was already contradicted: one piece of evidence per member, kind and slot is enough. */
  readonly contradicted: boolean;
}

/** What each member signed lately. A member that signs two different things of one kind for one slot convicts itself. */
export interface WitnessState {
  readonly remembered: readonly (readonly Remembered[])[];
}

export function startWitness(ctx: ProtocolContext): WitnessState {
  return { remembered: Array.from({ length: ctx.size.n }, () => []) };
}

/**
 * Takes note of a statement. One that contradicts an earlier one is evidence once both signatures hold; a forged one is
 * its source's fault. Signatures are looked at only where two statements differ.
 * @param input.frontier the newest slot known to be open or over: statements far beyond it are not remembered.
 */
export function onStatement(
  ctx: ProtocolContext,
  state: WitnessState,
  input: { statement: Statement; frontier: bigint },
): Step<WitnessState> {
  const { statement } = input;
  const known = state.remembered[statement.member];
  if (known === undefined || !isNear(ctx, statement, input.frontier)) return { state, effects: [] };
  const earlier = known.find((entry) => isSameSlot(entry.statement, statement));
  if (earlier === undefined) return { state: keep(state, statement), effects: [] };
  if (earlier.contradicted || isRepeated(earlier.statement, statement)) return { state, effects: [] };
  if (!holds(ctx, earlier.statement))
    return { state: replace(state, earlier, { statement, contradicted: false }), effects: [forged(earlier.statement)] };
  const vouched = { ...earlier, statement: { ...earlier.statement, verified: true } };
  if (saysOf(earlier.statement) === saysOf(statement)) return { state: replace(state, earlier, vouched), effects: [] };
  if (!holds(ctx, statement)) return { state: replace(state, earlier, vouched), effects: [forged(statement)] };
  return {
    state: replace(state, earlier, { ...vouched, contradicted: true }),
    effects: [{ type: "persist-evidence", evidence: evidenceOf(earlier.statement, statement) }, caught(statement)],
  };
}

/** The slot that a statement is about. */
function sequenceOfStatement(statement: Statement): bigint {
  if (statement.kind === "proposal") return statement.signed.sequence;
  return statement.kind === "report" ? statement.signed.report.sequence : statement.signed.observation.sequence;
}

/** What a statement says, without its signature: equal texts do not contradict each other. */
function saysOf(statement: Statement): string {
  if (statement.kind === "proposal") return statement.signed.observationsHash;
  if (statement.kind === "report") {
    const { observedAt, feedsRoot, valuesHash } = statement.signed.report;
    return `${observedAt} ${feedsRoot} ${valuesHash}`;
  }
  const { feeds, timestamp } = statement.signed.observation;
  return `${feeds.mask} ${feeds.values.join()} ${timestamp}`;
}

/** Whether it says nothing new. The same under another signature is new: the one that is known may be forged. */
function isRepeated(earlier: Statement, statement: Statement): boolean {
  if (saysOf(earlier) !== saysOf(statement)) return false;
  return earlier.verified || signatureOf(earlier) === signatureOf(statement);
}

function signatureOf({ signed }: Statement): string {
  const { signature } = signed;
  return typeof signature === "string" ? signature : `${signature.r8.x} ${signature.r8.y} ${signature.s}`;
}

/** Whether the member really signed it. */
function holds({ crypto }: ProtocolContext, statement: Statement): boolean {
  if (statement.verified) return true;
  const { member } = statement;
  if (statement.kind === "observation") return crypto.verifyObservation({ observer: member, ...statement.signed });
  const { signed } = statement;
  const digest =
    statement.kind === "proposal"
      ? crypto.proposalHeaderDigest(statement.signed)
      : crypto.reportDigest(statement.signed.report);
  return crypto.verifyDigest(member, digest, signed.signature);
}

/** Statements of other configurations, of impossible rounds and of rounds far ahead could only crowd out others. */
function isNear(ctx: ProtocolContext, statement: Statement, frontier: bigint): boolean {
  const { configIndex, configDigest, timing } = ctx;
  if (statement.kind === "report" && statement.signed.report.configDigest !== configDigest) return false;
  const sequence = sequenceOfStatement(statement);
  const { configIndex: index, round } = slotOf(sequence);
  return index === configIndex && round >= 1 && round <= timing.rMax && sequence <= frontier + BigInt(MAX_ROUNDS_AHEAD);
}

function isSameSlot(a: Statement, b: Statement): boolean {
  return a.kind === b.kind && sequenceOfStatement(a) === sequenceOfStatement(b);
}

/** The oldest slot of the kind makes room. */
function keep(state: WitnessState, statement: Statement): WitnessState {
  const known = state.remembered[statement.member] ?? [];
  const ofKind = known.filter((entry) => entry.statement.kind === statement.kind);
  const order = (entry: Remembered) => sequenceOfStatement(entry.statement);
  const kept = [...ofKind, { statement, contradicted: false }]
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .slice(-MAX_WITNESSED_SLOTS);
  const others = known.filter((entry) => entry.statement.kind !== statement.kind);
  return { remembered: state.remembered.with(statement.member, [...others, ...kept]) };
}

function replace(state: WitnessState, old: Remembered, by: Remembered): WitnessState {
  const { member } = old.statement;
  const known = state.remembered[member] ?? [];
  return {
    remembered: state.remembered.with(
      member,
      known.map((entry) => (entry === old ? by : entry)),
    ),
  };
}

function evidenceOf(first: Statement, second: Statement): Equivocation {
  const about = { member: first.member, sequence: sequenceOfStatement(first), kind: first.kind };
  return { ...about, first: first.signed, second: second.signed } as Equivocation;
}

function forged({ source, carrier }: Statement): Effect {
  return { type: "verdict", from: source, kind: carrier, verdict: reject("bad-signature") };
}

function caught({ member, carrier }: Statement): Effect {
  return { type: "verdict", from: member, kind: carrier, verdict: reject("equivocation") };
}

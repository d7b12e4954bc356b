import { hasLane } from "../../../core/codec/report.ts";
import type { BindingKind, Message, Proposal } from "../../../core/consensus/messages.ts";
import type { OracleState } from "../../../core/consensus/oracle-state.ts";
import type { Effect, ProtocolContext } from "../../../core/consensus/protocol.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import { type EpochRecord, NOT_YET_KNOWN } from "../../../core/types/epoch.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { AttributedObservation, Observation } from "../../../core/types/observation.ts";
import { slotOf } from "../../../core/types/sequence.ts";
import { checkBounds } from "./bounds.ts";
import { show } from "./describe.ts";
import type { Disk } from "./disk.ts";
import { finalFault } from "./final-audit.ts";
import { isTrueEvidence } from "./statements.ts";
import type { Counter } from "./tally.ts";
import { Violation } from "./violation.ts";

export interface AuditorOptions {
  readonly configuration: Configuration;
  readonly contexts: readonly ProtocolContext[];
  readonly faulty: ReadonlySet<number>;
}

/** A step of an honest node, as its disk took it. */
export interface AuditedStep {
  readonly member: number;
  readonly before: OracleState;
  readonly after: OracleState;
  readonly effects: readonly Effect[];
  /** Milliseconds of the node's own clock. */
  readonly now: number;
}

interface Range {
  readonly low: bigint[];
  readonly high: bigint[];
  earliest: number;
  latest: number;
}

/** A step says a few things to each role; one that says so many does not end. */
const MAX_EFFECTS_PER_STEP = 64;
const BINDING_KINDS: readonly BindingKind[] = ["observation", "proposal", "prepare", "signature"];
const SERVED_PER_RESEND = 8;

/**
 * Watches the honest nodes, and keeps a record of its own that no crash erases. Throws a Violation at the first event
 * after which an invariant of docs/invariants.md does not hold.
 */
export class Auditor {
  readonly #options: AuditorOptions;
  readonly #counter: Counter;
  readonly #finals = new Map<bigint, string>();
  readonly #ranges = new Map<bigint, Range>();
  readonly #left = new Map<string, Uint8Array>();
  readonly #highest = new Map<string, bigint>();
  readonly #epochs: number[];
  readonly #wishes: number[];

  constructor(options: AuditorOptions, { counter }: { counter: Counter }) {
    this.#options = options;
    this.#counter = counter;
    this.#epochs = options.contexts.map(() => 1);
    this.#wishes = options.contexts.map(() => 1);
  }

  /** Called once the step is on disk, before its effects are performed. */
  onStep(step: AuditedStep): void {
    const { member, effects } = step;
    if (effects.length > MAX_EFFECTS_PER_STEP)
      throw new Violation("bounded work", `member ${member} wants ${effects.length} effects of one step`);
    checkBounds(this.#options.contexts.length, step.before, step.after);
    this.#onMemory(step);
    for (const effect of effects) {
      if (effect.type === "persist-epoch") this.#onEpoch(member, effect.record);
      if (effect.type === "persist-final") this.#onFinal(member, effect.final);
      if (effect.type === "persist-evidence") this.#onEvidence(member, effect.evidence);
      if (effect.type === "persist-message" && effect.message.kind === "observation")
        this.#onObservation(effect.message.observation);
      if (effect.type === "persist-message" && effect.message.kind === "proposal")
        this.#onProposal(step, effect.message);
      if (effect.type === "verdict") this.#onVerdict(member, effect);
      if (effect.type === "observe") this.#onObserve(step, effect.sequence);
      if (effect.type === "serve-final") this.#onServe(step, effect.to);
    }
  }

  /** Called for each message of a step that leaves a node. */
  onLeaving(
    { member, before, after }: AuditedStep,
    message: Message,
    leaving: { frame: Uint8Array; disk: Disk },
  ): void {
    const binding = bindingOf(message);
    if (binding === undefined) return;
    const { kind, sequence } = binding;
    const key = `${member} ${kind}`;
    const what = `member ${member}: ${kind} of slot ${show(sequence)}`;
    const { epoch } = slotOf(sequence);
    if (epoch < before.pacemaker.epoch || epoch > after.pacemaker.epoch)
      throw new Violation("binds itself forward", `${what}, though it is in epoch ${after.pacemaker.epoch}`);
    if (epoch < after.pacemaker.bindsFrom)
      throw new Violation("silent after memory loss", `${what}, before epoch ${after.pacemaker.bindsFrom}`);
    if (sequence < (this.#highest.get(key) ?? 0n))
      throw new Violation("binds itself forward", `${what}, after one of slot ${show(this.#highest.get(key) ?? 0n)}`);
    this.#highest.set(key, sequence);
    const { frame, disk } = leaving;
    const known = this.#left.get(`${key} ${sequence}`);
    if (known !== undefined && known !== frame && Buffer.compare(known, frame) !== 0)
      throw new Violation("no double binding", `${what} leaves in a second version`);
    this.#left.set(`${key} ${sequence}`, frame);
    const stored = disk.binding(kind, sequence);
    if (stored === undefined || (stored !== frame && Buffer.compare(stored, frame) !== 0))
      throw new Violation("stored before it leaves", `${what} is not on its disk`);
  }

  /** Called for each final report that a step hands on. */
  onFinal({ member }: AuditedStep, { report, digest }: FinalReport, disk: Disk): void {
    if (disk.finalOf(report.sequence)?.digest !== digest)
      throw new Violation("stored before it leaves", `member ${member}: the final report of ${show(report.sequence)}`);
  }

  #onFinal(member: number, final: FinalReport): void {
    const { configuration, contexts } = this.#options;
    const { sequence } = final.report;
    const what = `member ${member}, slot ${show(sequence)}`;
    const known = this.#finals.get(sequence);
    if (known !== undefined && known !== final.digest)
      throw new Violation("agreement", `${what}: ${final.digest}, and ${known} elsewhere`);
    const fault = finalFault({ configuration, context: contexts[member]! }, final);
    if (fault !== undefined) throw new Violation("valid final", `${what} has ${fault}`);
    if (known === undefined) this.#checkRange(what, final);
    this.#finals.set(sequence, final.digest);
  }

  #checkRange(what: string, { report, feeds }: FinalReport): void {
    const range = this.#ranges.get(report.sequence);
    if (range === undefined) throw new Violation("honest range", `${what} has no honest observation`);
    for (const [lane, value] of feeds.values.entries()) {
      if ((feeds.mask & (1 << lane)) === 0) continue;
      const [low, high] = [range.low[lane], range.high[lane]];
      if (low === undefined || high === undefined || value < low || value > high)
        throw new Violation("honest range", `${what}: feed ${lane} is ${value}, honest members saw ${low} to ${high}`);
    }
    if (report.observedAt < range.earliest || report.observedAt > range.latest)
      throw new Violation("honest range", `${what}: the time ${report.observedAt} is beyond all honest clocks`);
  }

  /** Who answers first cannot keep a feed out that others observed: the leader waits for the rest, a quarter of DeltaRound. */
  #onProposal({ member, after, now }: AuditedStep, { sequence, observations: chosen }: Proposal): void {
    const { f, timing } = this.#options.configuration;
    const { observations, nextRoundAt } = after.leader;
    const collected = observations.filter((entry) => entry !== undefined);
    const waited = now - (nextRoundAt - timing.deltaRound);
    if (collected.length === observations.length || waited >= timing.deltaRound / 4) return;
    const carriers = (of: readonly AttributedObservation[], lane: number) =>
      of.filter(({ observation }) => hasLane(observation.feeds.mask, lane)).length;
    for (const lane of this.#options.configuration.feeds.keys())
      if (carriers(collected, lane) > f && carriers(chosen, lane) < chosen.length)
        throw new Violation(
          "a leader waits for feeds",
          `member ${member} leaves feed ${lane} out of slot ${show(sequence)} after ${waited} ms`,
        );
  }

  /** A leader cannot make a node ask its sources more often than twice per DeltaRound. */
  #onObserve({ member, before, after }: AuditedStep, sequence: bigint): void {
    const since = after.follower.observingSince - before.follower.observingSince;
    const sameEpoch = slotOf(sequence).epoch === slotOf(before.follower.observing).epoch;
    if (sameEpoch && since < this.#options.configuration.timing.deltaRound / 2)
      throw new Violation(
        "bounded work",
        `member ${member} observes ${show(sequence)} ${since} ms after the last slot`,
      );
  }

  /** A member that asks again and again is answered eight times per DeltaResend. */
  #onServe({ member, before, after }: AuditedStep, to: number): void {
    const [last = -Infinity, now = 0] = [before.catchUp.servedAt[to], after.catchUp.servedAt[to]];
    if (now - last < this.#options.configuration.timing.deltaResend / SERVED_PER_RESEND)
      throw new Violation("bounded work", `member ${member} serves ${to} twice within ${now - last} ms`);
  }

  #onObservation({ sequence, feeds, timestamp }: Observation): void {
    const range = this.#ranges.get(sequence) ?? { low: [], high: [], earliest: timestamp, latest: timestamp };
    for (const [lane, value] of feeds.values.entries()) {
      if ((feeds.mask & (1 << lane)) === 0) continue;
      const [low, high] = [range.low[lane], range.high[lane]];
      range.low[lane] = low === undefined || value < low ? value : low;
      range.high[lane] = high === undefined || value > high ? value : high;
    }
    range.earliest = Math.min(range.earliest, timestamp);
    range.latest = Math.max(range.latest, timestamp);
    this.#ranges.set(sequence, range);
  }

  /** Faulty members alone move nobody: an honest wish needs a time-out or an honest wish, a new epoch f+1 honest wishes. */
  #onEpoch(member: number, { epoch, wish }: EpochRecord): void {
    const { faulty, configuration } = this.#options;
    const honest = [...this.#epochs.keys()].filter((other) => !faulty.has(other));
    const highest = (of: readonly number[]) => Math.max(...honest.map((other) => of[other] ?? 1));
    if (wish > highest(this.#wishes) && wish > highest(this.#epochs) + 1)
      throw new Violation("epochs need honest wishes", `member ${member} wishes for epoch ${wish} of its own accord`);
    this.#wishes[member] = Math.max(wish, this.#wishes[member] ?? 1);
    const wishing = honest.filter((other) => (this.#wishes[other] ?? 1) >= epoch).length;
    if (epoch > highest(this.#epochs) && wishing <= configuration.f)
      throw new Violation(
        "epochs need honest wishes",
        `member ${member} enters epoch ${epoch}, that ${wishing} wished for`,
      );
    this.#epochs[member] = Math.max(epoch, this.#epochs[member] ?? 1);
  }

  /** The first epoch in which a node that lost its memory binds itself again lies after all in which it ever did. */
  #onMemory({ member, before, after }: AuditedStep): void {
    const { bindsFrom } = after.pacemaker;
    if (before.pacemaker.bindsFrom !== NOT_YET_KNOWN || bindsFrom === NOT_YET_KNOWN) return;
    const bound = BINDING_KINDS.map((kind) => slotOf(this.#highest.get(`${member} ${kind}`) ?? 0n).epoch);
    if (bindsFrom <= Math.max(...bound))
      throw new Violation(
        "silent after memory loss",
        `member ${member} would bind itself again from epoch ${bindsFrom}`,
      );
    this.#counter.add("memory regained");
  }

  #onEvidence(member: number, evidence: Equivocation): void {
    const { kind, member: accused, sequence } = evidence;
    const what = `member ${member} accuses ${accused} of two ${kind}s for slot ${show(sequence)}`;
    if (!this.#options.faulty.has(accused)) throw new Violation("no evidence against the honest", what);
    if (!isTrueEvidence(this.#options.contexts[member]!, evidence))
      throw new Violation("no evidence against the honest", `${what}, and shows nothing of the kind`);
    this.#counter.add(`evidence: ${kind}`);
  }

  #onVerdict(member: number, { from, kind, verdict }: Extract<Effect, { type: "verdict" }>): void {
    if (verdict.kind !== "reject") return;
    if (!this.#options.faulty.has(from))
      throw new Violation("no blame for the honest", `member ${member} blames ${from}: ${kind} ${verdict.code}`);
    this.#counter.add(`rejected: ${verdict.code}`);
  }
}

function bindingOf(message: Message): { kind: BindingKind; sequence: bigint } | undefined {
  const { kind } = message;
  if (kind === "observation") return { kind, sequence: message.observation.sequence };
  if (kind === "signature") return { kind, sequence: message.report.sequence };
  return kind === "proposal" || kind === "prepare" ? { kind, sequence: message.sequence } : undefined;
}

import { memoryOf } from "../../../core/consensus/memory.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import { stepOracle, wakeAt } from "../../../core/consensus/oracle.ts";
import { type OracleState, startOracle } from "../../../core/consensus/oracle-state.ts";
import type { Effect, ProtocolContext, ProtocolEvent } from "../../../core/consensus/protocol.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Auditor, AuditedStep } from "./auditor.ts";
import { describe } from "./describe.ts";
import { Disk, DoubleBinding } from "./disk.ts";
import type { EquivocationWatch } from "./equivocation-watch.ts";
import type { Crash } from "./schedule.ts";
import type { Counter } from "./tally.ts";
import { Violation } from "./violation.ts";

/** What happens around one node. */
export interface NodeWorld {
  readonly counter: Counter;
  now(): number;
  schedule(delayMs: number, run: () => void): void;
  encode(message: Message): Uint8Array;
  send(from: number, to: number, message: Message): void;
  /** Starts the node's fetchers for a slot; they answer with the event `observed`. */
  observe(member: number, sequence: bigint): void;
  onFinal(member: number, final: FinalReport): void;
  onUp(member: number): void;
  onDown(member: number): void;
  lastSequence(): bigint;
  trace(line: () => string): void;
}

export interface SimNodeOptions {
  readonly context: ProtocolContext;
  readonly clockOffsetMs: number;
  readonly crashes: readonly Crash[];
  /** Crashes happen before this time only. */
  readonly crashesUntil: number;
}

/** Audits an honest node; a faulty one has none. */
export interface Audit {
  readonly auditor: Auditor;
  readonly watch: EquivocationWatch;
}

/** Pause before a step that the disk refused is tried again, as in the real runner. */
const STORE_RETRY_MS = 1_000;

/** One member: the shipped state machine, its disk, and an edge that does what the real one does: store, then act in order. */
export class SimNode {
  readonly member: number;
  disk: Disk;
  /** Undefined while its process is down. */
  state: OracleState | undefined;
  readonly #options: SimNodeOptions;
  readonly #world: NodeWorld;
  readonly #audit: Audit | undefined;
  #steps = 0;
  #wakeAt = Infinity;
  #life = 0;
  #observing = 0n;
  readonly #crashes: Crash[];

  constructor(options: SimNodeOptions, world: NodeWorld, audit: Audit | undefined) {
    this.member = options.context.self;
    this.#options = options;
    this.#world = world;
    this.#audit = audit;
    this.#crashes = [...options.crashes];
    this.disk = new Disk((message) => world.encode(message));
  }

  start(): void {
    const { context } = this.#options;
    const memory = { configIndex: context.configIndex, lastSequence: this.#world.lastSequence() };
    this.#life += 1;
    this.#wakeAt = Infinity;
    this.#observing = 0n;
    this.state = startOracle(context, memoryOf(this.disk.load(), { ...memory, neverTookPart: false }), this.#clock());
    this.#audit?.watch.onRestart();
    this.#world.trace(() => `member ${this.member} starts in epoch ${this.state?.pacemaker.epoch}`);
    this.handle({ type: "started" });
    if (this.#isUp()) this.#world.onUp(this.member);
  }

  /** It may have crashed at its first step. */
  #isUp(): boolean {
    return this.state !== undefined;
  }

  /** Its process ends, whatever it was doing. */
  stop(): void {
    this.state = undefined;
    this.#life += 1;
    this.#world.onDown(this.member);
  }

  handle(event: ProtocolEvent): void {
    const before = this.state;
    if (before === undefined) return;
    const step = this.#step(before, event);
    if (step.effects.length > 0) this.#steps += 1;
    const crash = step.effects.length > 0 ? this.#crashNow(step.effects) : undefined;
    if (crash?.fate === "disk-refuses") {
      this.#refuse();
      return;
    }
    if (crash === undefined) this.#perform(step, Infinity);
    else this.#crash(crash, this.#perform(step, crash.boundary));
    if (event.type === "message") this.#watch(event, before);
    this.#sleep();
  }

  /** The fetchers' answer for a slot; worth nothing if another slot was asked for since, or the process ended. */
  observing(sequence: bigint): () => boolean {
    const life = this.#life;
    this.#observing = sequence;
    return () => this.#life === life && this.#observing === sequence;
  }

  #watch({ from, message }: Extract<ProtocolEvent, { type: "message" }>, before: OracleState): void {
    if (this.state !== undefined) this.#audit?.watch.onHeard(from, message, { before, disk: this.disk });
  }

  #step(before: OracleState, event: ProtocolEvent): AuditedStep {
    const { context } = this.#options;
    try {
      const now = this.#clock();
      const { state: after, effects } = stepOracle(context, before, { event, now });
      return { member: this.member, before, after, effects, now };
    } catch (error) {
      throw new Violation("no exception", `member ${this.member} fails on ${event.type}: ${String(error)}`, {
        cause: error,
      });
    }
  }

  #commit(step: AuditedStep): void {
    try {
      this.disk.commit(step.effects);
    } catch (error) {
      if (!(error instanceof DoubleBinding)) throw error;
      throw new Violation("no double binding", `member ${this.member} makes ${error.message}`);
    }
    this.state = step.after;
    this.#audit?.auditor.onStep(step);
  }

  /** Stores a step and then acts, up to a boundary: 0 does nothing, 1 and more does all. Tells where it ended. */
  #perform(step: AuditedStep, part: number): string {
    const actions = step.effects.filter(({ type }) => !type.startsWith("persist-"));
    const boundary = Math.floor(part * (actions.length + 2));
    if (boundary === 0) return "before storing";
    this.#commit(step);
    for (const action of actions.slice(0, boundary - 1)) this.#act(step, action);
    const next = actions[boundary - 1];
    return next === undefined ? "after all effects" : `before ${next.type}`;
  }

  #act(step: AuditedStep, action: Effect): void {
    const world = this.#world;
    world.trace(() => `member ${this.member} ${describe(action)}`);
    if (action.type === "send") this.#leave(step, action.message, [action.to]);
    if (action.type === "broadcast") this.#leave(step, action.message, this.#others());
    if (action.type === "observe") world.observe(this.member, action.sequence);
    if (action.type === "final" || action.type === "recovered")
      this.#audit?.auditor.onFinal(step, action.final, this.disk);
    if (action.type === "final") world.onFinal(this.member, action.final);
    if (action.type === "recovered") world.counter.add("finals recovered");
    if (action.type === "serve-final") this.#serve(step, action);
  }

  #serve(step: AuditedStep, { to, sequence, digest }: Extract<Effect, { type: "serve-final" }>): void {
    const final = this.disk.finalOf(sequence);
    if (final?.digest !== digest) return;
    this.#world.counter.add("finals served");
    this.#leave(step, { kind: "final", final }, [to]);
  }

  #leave(step: AuditedStep, message: Message, recipients: readonly number[]): void {
    const frame = this.#world.encode(message);
    this.#audit?.auditor.onLeaving(step, message, { frame, disk: this.disk });
    for (const to of recipients) this.#world.send(this.member, to, message);
  }

  #others(): readonly number[] {
    const { n } = this.#options.context.size;
    return Array.from({ length: n }, (_, member) => member).filter((member) => member !== this.member);
  }

  #crashNow(effects: readonly Effect[]): Crash | undefined {
    if (this.#world.now() >= this.#options.crashesUntil) return undefined;
    const crash = this.#crashes.find((planned) => this.#isDue(planned, effects));
    if (crash !== undefined) this.#crashes.splice(this.#crashes.indexOf(crash), 1);
    return crash;
  }

  /**
   * A disk is lost when that matters: once the node has just bound itself. And not before the chain shows anything of its
   * configuration: what a node forgets until then, nobody can tell it.
   */
  #isDue({ step, fate }: Crash, effects: readonly Effect[]): boolean {
    if (fate !== "restart-without-disk") return step === this.#steps;
    const binds = effects.some(({ type }) => type === "persist-message");
    return this.#steps >= step && binds && this.#world.lastSequence() > 0n;
  }

  /** A step that cannot be stored has not happened. */
  #refuse(): void {
    this.#world.counter.add("crash: disk refuses");
    this.#world.trace(() => `member ${this.member}'s disk refuses a step`);
    this.#tickAt(this.#world.now() + STORE_RETRY_MS);
  }

  #crash({ fate, downMs }: Crash, point: string): void {
    const world = this.#world;
    const forgets = fate === "restart-without-disk";
    world.counter.add(`crash: ${point}`);
    if (forgets) world.counter.add("crash: disk lost");
    world.trace(() => `member ${this.member} crashes ${point}${forgets ? ", and its disk is lost" : ""}`);
    this.stop();
    if (forgets) this.disk = new Disk((message) => this.#world.encode(message));
    const downtime = Math.min(downMs, Math.max(0, this.#options.crashesUntil - world.now()));
    world.schedule(downtime, () => this.start());
  }

  #sleep(): void {
    if (this.state === undefined) return;
    const { clockOffsetMs, context } = this.#options;
    this.#tickAt(wakeAt(context, this.state) - clockOffsetMs);
  }

  /** @param at virtual time; a tick that is planned for the same time already is enough. */
  #tickAt(at: number): void {
    if (at === this.#wakeAt || at === Infinity) return;
    this.#wakeAt = at;
    const life = this.#life;
    this.#world.schedule(Math.max(0, at - this.#world.now()), () => {
      if (this.#life !== life || this.#wakeAt !== at) return;
      this.#wakeAt = Infinity;
      this.handle({ type: "tick" });
    });
  }

  #clock(): number {
    return this.#world.now() + this.#options.clockOffsetMs;
  }
}

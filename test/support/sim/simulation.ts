import { decodeMessage, encodeMessage } from "../../../core/consensus/wire.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import type { ProtocolCrypto } from "../../../core/ports/protocol-crypto.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Observation } from "../../../core/types/observation.ts";
import { createRandom, type Random } from "../random.ts";
import { Coalition } from "./adversaries/coalition.ts";
import { FaultyMember } from "./adversaries/faulty-member.ts";
import { STRATEGIES } from "./adversaries/strategies.ts";
import type { Strategy } from "./adversaries/strategy.ts";
import { Auditor } from "./auditor.ts";
import { shapeOf, simConfiguration, simContexts } from "./committee.ts";
import { between, chance } from "./draw.ts";
import { describeMessage } from "./describe.ts";
import { EquivocationWatch } from "./equivocation-watch.ts";
import { EventQueue } from "./event-queue.ts";
import { Hub } from "./hub.ts";
import { type LivenessBounds, livenessBounds } from "./liveness.ts";
import { VirtualNetwork } from "./network.ts";
import { type NodeWorld, SimNode } from "./node.ts";
import type { Conditions, Schedule } from "./schedule.ts";
import { remembered } from "./symbolic-crypto.ts";
import { Counter } from "./tally.ts";
import { Violation } from "./violation.ts";

export interface SimulationOptions {
  readonly schedule: Schedule;
  /** Strategies beside those that the schedule names. */
  readonly hands?: ReadonlyMap<number, readonly Strategy[]>;
  /** What an honest member observes; the default is near 1000 and −500. */
  readonly observe?: (input: ObserveInput) => Observation;
  /** Real keys instead of symbolic ones. */
  readonly committee?: { readonly configuration: Configuration; readonly cryptoOf: (member: number) => ProtocolCrypto };
  readonly trace?: (line: string) => void;
}

export interface ObserveInput {
  readonly member: number;
  readonly sequence: bigint;
  /** Of the member's clock, ms. */
  readonly now: number;
  readonly random: Random;
  /** Chance that the second feed is absent. */
  readonly absence: number;
}

/** Whole seconds, so that traces are easy to read. */
export const SIM_START = 1_700_000_000_000;
/** A schedule has some thousand events; one that has so many does not end. */
const MAX_EVENTS = 400_000;

/**
 * n nodes running the shipped state machines over encoded frames on a virtual clock. Everything that happens follows from
 * the schedule, so a failing seed can be run again. Throws a Violation at the first event that breaks an invariant.
 */
export class Simulation {
  readonly nodes: readonly SimNode[];
  readonly finals: readonly FinalReport[][];
  readonly counter = new Counter();
  now = SIM_START;
  /** How long after the last disturbance some honest node, and then every one, finished a round. */
  recovery: LivenessBounds | undefined;
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #queue = new EventQueue<() => void>();
  readonly #network: VirtualNetwork;
  readonly #hub: Hub;
  readonly #contexts: readonly ProtocolContext[];
  readonly #faulty: ReadonlyMap<number, FaultyMember>;
  readonly #encoded = new WeakMap<Message, Uint8Array>();
  readonly #decoded = new WeakMap<Uint8Array, { readonly message: Message | undefined }>();
  #conditions: Conditions;
  #events = 0;

  constructor(options: SimulationOptions) {
    const { schedule } = options;
    this.#options = options;
    this.#random = createRandom(schedule.seed ^ 0x5eed);
    this.#conditions = schedule.disturbed;
    const configuration = options.committee?.configuration ?? simConfiguration(schedule);
    const keys = { configDigest: schedule.configDigest, cryptoOf: options.committee?.cryptoOf };
    this.#contexts = simContexts(configuration, keys);
    const members = [...this.#contexts.keys()];
    const shape = shapeOf(configuration);
    this.#network = new VirtualNetwork({
      ...{ random: this.#random, shape, now: () => this.now, conditions: () => this.#conditions },
      schedule: (delay, run) => this.#schedule(delay, run),
      onFrame: (to, from, frame) => {
        const { message } = remembered(this.#decoded, frame, () => ({ message: decodeMessage(frame, shape) }));
        this.#onFrame(to, { from, frame, message });
      },
      onConnected: (member, peer) => this.nodes[member]?.handle({ type: "connected", peer }),
    });
    this.#hub = new Hub(members, {
      random: this.#random,
      schedule: (delay, run) => this.#schedule(delay, run),
      tell: (member, report) => {
        const node = this.nodes[member];
        if (node?.disk.finalOf(report.sequence) === undefined) node?.handle({ type: "missing", ...report });
      },
    });
    this.finals = members.map(() => []);
    this.#faulty = this.#recruit();
    const faulty = new Set(this.#faulty.keys());
    const auditor = new Auditor({ configuration, contexts: this.#contexts, faulty }, { counter: this.counter });
    this.nodes = this.#contexts.map((context, member) => this.#createNode(member, context, auditor));
    this.#planDisturbances();
    for (const node of this.nodes) node.start();
    for (const member of this.#faulty.values()) member.start();
  }

  /** Lets virtual time pass, or a part of it: until the condition holds. Answers whether it does. */
  run(ms: number, until: () => boolean = () => false): boolean {
    const end = this.now + ms;
    while (!until()) {
      if (this.#queue.nextAt() > end) {
        this.now = end;
        return until();
      }
      const { at, item } = this.#queue.pop()!;
      this.now = at;
      this.#events += 1;
      if (this.#events > MAX_EVENTS) throw new Violation("bounded work", `more than ${MAX_EVENTS} events`);
      item();
    }
    return true;
  }

  /** The whole schedule: its disturbances, and then as long as rounds may take to go on. */
  play(): void {
    const { schedule } = this.#options;
    this.run(schedule.disturbedMs);
    this.#conditions = schedule.calm;
    this.#network.partition([]);
    if (schedule.expectsLiveness) this.#expectProgress();
    this.counter.add("events", this.#events);
    this.counter.add("frames", this.#network.frames);
    this.counter.add("virtual seconds", Math.round((this.now - SIM_START) / 1_000));
    this.counter.add("finals", Math.max(...this.finals.map((finals) => finals.length)));
  }

  get honest(): readonly SimNode[] {
    return this.nodes.filter(({ member }) => !this.#faulty.has(member));
  }

  #expectProgress(): void {
    const { someMs, everyMs } = livenessBounds(this.#options.schedule);
    const newest = (member: number) => this.finals[member]?.at(-1)?.report.sequence ?? 0n;
    const honest = this.honest.map(({ member }) => member);
    const healed = honest.map(newest).reduce((a, b) => (a > b ? a : b));
    const began = this.now;
    const some = this.run(someMs, () => honest.some((member) => newest(member) > healed));
    const someTook = this.now - began;
    if (!some) throw new Violation("liveness", `no round in ${someMs} ms after the network healed`);
    const every = this.run(everyMs - someTook, () => honest.every((member) => newest(member) > healed));
    this.recovery = { someMs: someTook, everyMs: this.now - began };
    if (every) return;
    const late = honest.filter((member) => newest(member) <= healed);
    throw new Violation("liveness", `members ${late.join()} finish no round in ${everyMs} ms after the network healed`);
  }

  #createNode(member: number, context: ProtocolContext, auditor: Auditor): SimNode {
    const { schedule } = this.#options;
    const faulty = this.#faulty.get(member);
    const audit = { auditor, watch: new EquivocationWatch(context, { counter: this.counter }) };
    const options = {
      context: faulty?.context ?? context,
      clockOffsetMs: schedule.clockOffsetsMs[member] ?? 0,
      crashes: schedule.crashes.filter((crash) => crash.member === member),
      crashesUntil: SIM_START + schedule.disturbedMs,
    };
    return new SimNode(options, this.#worldOf(faulty), faulty === undefined ? audit : undefined);
  }

  #worldOf(faulty: FaultyMember | undefined): NodeWorld {
    const { counter } = this;
    return {
      counter,
      now: () => this.now,
      schedule: (delay, run) => this.#schedule(delay, run),
      encode: (message) => this.#encode(message),
      send: (from, to, message) => {
        if (faulty !== undefined) faulty.send(to, message);
        else this.#network.send(from, to, { frame: this.#encode(message) });
      },
      observe: (member, sequence) => this.#observe(member, sequence),
      onFinal: (member, final) => {
        this.finals[member]?.push(final);
        if (faulty === undefined) this.#hub.offer(final);
        else faulty.coalition.note(member, { kind: "final", final }, this.#encode({ kind: "final", final }));
      },
      onUp: (member) => this.#network.join(member),
      onDown: (member) => this.#network.leave(member),
      lastSequence: () => this.#hub.lastSequence,
      trace: (line) => this.#trace(line),
    };
  }

  #recruit(): ReadonlyMap<number, FaultyMember> {
    const { schedule, hands = new Map<number, readonly Strategy[]>() } = this.#options;
    const strategies = new Map<number, readonly Strategy[]>(hands);
    for (const { member, strategies: names } of schedule.faulty)
      strategies.set(member, [...(hands.get(member) ?? []), ...names.map((name) => STRATEGIES[name]())]);
    const coalition = new Coalition([...strategies.keys()], this.#contexts);
    const recruits = [...strategies].map(([member, own]) => {
      const deps = {
        ...{ coalition, counter: this.counter, random: this.#random },
        now: () => this.now,
        schedule: (delay: number, run: () => void) => this.#schedule(delay, run),
        epoch: () => this.nodes[member]?.state?.pacemaker.epoch ?? 1,
        send: (to: number, letter: { frame: Uint8Array; holdMs?: number | undefined }) =>
          this.#network.send(member, to, letter),
        encode: (message: Message) => this.#encode(message),
        trace: (line: () => string) => this.#trace(line),
      };
      return [member, new FaultyMember({ context: this.#contexts[member]!, strategies: own }, deps)] as const;
    });
    return new Map(recruits);
  }

  #planDisturbances(): void {
    for (const { from, until, side } of this.#options.schedule.partitions) {
      this.#schedule(from, () => {
        this.counter.add("partitions");
        this.#trace(() => `members ${side.join()} are cut off`);
        this.#network.partition(side);
      });
      this.#schedule(until, () => this.#network.partition([]));
    }
  }

  #onFrame(
    to: number,
    { from, frame, message }: { from: number; frame: Uint8Array; message: Message | undefined },
  ): void {
    if (message === undefined) {
      this.counter.add("frames that are no message");
      if (!this.#faulty.has(from)) throw new Violation("no exception", `member ${from} sent what nobody can read`);
      return;
    }
    this.#trace(() => `member ${to} hears ${from}: ${describeMessage(message)}`);
    this.#faulty.get(to)?.hear(from, message, frame);
    this.nodes[to]?.handle({ type: "message", from, message });
  }

  #observe(member: number, sequence: bigint): void {
    const { observe = honestObservation, schedule } = this.#options;
    const node = this.nodes[member]!;
    const wanted = node.observing(sequence);
    this.#schedule(between(this.#random, 1, schedule.observingMs), () => {
      if (!wanted()) return;
      const now = this.now + (schedule.clockOffsetsMs[member] ?? 0);
      const seen = observe({ member, sequence, now, random: this.#random, absence: schedule.absence });
      node.handle({ type: "observed", observation: this.#faulty.get(member)?.observe(seen) ?? seen });
    });
  }

  #encode(message: Message): Uint8Array {
    return remembered(this.#encoded, message, () => encodeMessage(message));
  }

  #schedule(delay: number, run: () => void): void {
    this.#queue.push(this.now + delay, run);
  }

  #trace(line: () => string): void {
    this.#options.trace?.(`${String(this.now - SIM_START).padStart(7)} ms  ${line()}`);
  }
}

/** Near 1000 and −500, a little different for each member; the second feed is absent now and then. */
export function honestObservation({ sequence, now, random, absence }: ObserveInput): Observation {
  const price = 1_000n + (sequence % 50n);
  const values = [price + BigInt(between(random, -10, 10)), -500n + BigInt(between(random, -10, 10))] as const;
  const feeds = chance(random, absence) ? { mask: 0b01, values: [values[0], 0n] } : { mask: 0b11, values };
  return { sequence, feeds, timestamp: Math.floor(now / 1_000), inputsDigest: `0x${"00".repeat(32)}`, fuel: 1n };
}

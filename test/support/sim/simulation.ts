import type { Message } from "../../../core/consensus/messages.ts";
import {
  FRESH_RECORD,
  type OracleState,
  type ProtocolRecord,
  startOracle,
  stepOracle,
  wakeAt,
} from "../../../core/consensus/oracle.ts";
import type { Effect, ProtocolContext, ProtocolEvent } from "../../../core/consensus/protocol.ts";
import { decodeMessage, encodeMessage } from "../../../core/consensus/wire.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Observation } from "../../../core/types/observation.ts";
import { createRandom, type Random } from "../random.ts";
import { SIM_LANES, simContext } from "./committee.ts";

export interface SimulationOptions {
  readonly configuration: Configuration;
  readonly seed: number;
  /** Largest one-way delay of a frame, milliseconds; each frame draws its own, so frames overtake each other. */
  readonly maxDelayMs: number;
  /** Chance that a frame is lost. */
  readonly loss: number;
  /** Changes what a member sends: a Byzantine member's hand. Answers one list of messages per recipient. */
  readonly tamper?: (input: { from: number; to: number; message: Message; now: number }) => readonly Message[];
  /** What a member observes; the default is close to 1000. */
  readonly observe?: (input: { member: number; sequence: bigint; now: number; random: Random }) => Observation;
  /** Chance that a frame arrives a second time, up to DUPLICATE_DELAY_MS later. */
  readonly duplicates?: number;
  /** Chance that a node loses its memory after the persistence of a step and before its sends. */
  readonly crashChance?: number;
}

interface Delivery {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What a simulated node's disk holds. */
interface Disk {
  record: ProtocolRecord;
  readonly bindings: Map<string, Uint8Array>;
}

const OBSERVING_MS = 30;
const RESTART_MS = 500;
/** Longer than a restart, so that a node sees old frames again with its memory gone. */
const DUPLICATE_DELAY_MS = 2_000;
const EPOCH_START = 1_700_000_000_000;

/**
 * n nodes running the shipped state machine over encoded frames on a virtual clock and a seeded lossy network.
 * Everything that happens follows from the options: a failing seed can be run again.
 */
export class Simulation {
  readonly finals: FinalReport[][];
  /** Two different messages of one kind for one slot that an honest node stored for sending. */
  readonly doubleBindings: string[] = [];
  crashes = 0;
  now = EPOCH_START;
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #contexts: readonly ProtocolContext[];
  readonly #disks: Disk[];
  readonly #states: (OracleState | undefined)[];
  #queue: Delivery[] = [];
  #order = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
    const members = options.configuration.members.map((_, member) => member);
    this.#contexts = members.map((member) => simContext(options.configuration, member));
    this.#disks = members.map(() => ({ record: FRESH_RECORD, bindings: new Map() }));
    this.#states = members.map(() => undefined);
    this.finals = members.map(() => []);
    for (const member of members) this.#start(member);
  }

  /** Lets virtual time pass. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#queue[0];
      if (next === undefined || next.at > end) break;
      this.#queue.shift();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  stop(member: number): void {
    this.#states[member] = undefined;
  }

  restart(member: number): void {
    this.#start(member);
  }

  #start(member: number): void {
    const context = this.#contexts[member]!;
    this.#states[member] = startOracle(context, this.#disks[member]!.record, this.now);
    this.#handle(member, { type: "started" });
    for (const peer of this.#contexts.keys()) {
      if (peer === member || this.#states[peer] === undefined) continue;
      this.#handle(member, { type: "connected", peer });
      this.#handle(peer, { type: "connected", peer: member });
    }
  }

  #handle(member: number, event: ProtocolEvent): void {
    const [state, context] = [this.#states[member], this.#contexts[member]];
    if (state === undefined || context === undefined) return;
    const step = stepOracle(context, state, { event, now: this.now });
    this.#persist(member, step.effects);
    if (this.#random.next() < (this.#options.crashChance ?? 0)) {
      this.#crash(member);
      return;
    }
    this.#states[member] = step.state;
    for (const effect of step.effects) this.#perform(member, effect);
    this.#schedule(wakeAt(context, step.state) - this.now, () => {
      if (this.#states[member] === step.state) this.#handle(member, { type: "tick" });
    });
  }

  /** What was stored stays; everything else is gone, and the messages of this step never leave. */
  #crash(member: number): void {
    this.crashes += 1;
    this.stop(member);
    this.#schedule(RESTART_MS, () => this.#start(member));
  }

  #persist(member: number, effects: readonly Effect[]): void {
    const disk = this.#disks[member]!;
    for (const effect of effects) {
      if (effect.type === "persist-message") this.#bind(member, disk, effect);
      if (effect.type === "persist-epoch")
        disk.record = { ...disk.record, epoch: { epoch: effect.epoch, wish: effect.wish } };
      if (effect.type === "persist-final") disk.record = { ...disk.record, lastFinal: effect.final };
    }
  }

  #bind(member: number, disk: Disk, { kind, sequence, message }: Extract<Effect, { type: "persist-message" }>): void {
    const [key, bytes] = [`${kind} ${sequence}`, encodeMessage(message)];
    const known = disk.bindings.get(key);
    if (known !== undefined && !Buffer.from(known).equals(bytes)) this.doubleBindings.push(`member ${member}: ${key}`);
    disk.bindings.set(key, bytes);
    const { bindings } = disk.record;
    const field = { observation: "observed", prepare: "prepared", signature: "signed", proposal: undefined }[kind] as
      keyof typeof bindings | undefined;
    if (field !== undefined)
      disk.record = {
        ...disk.record,
        bindings: { ...bindings, [field]: sequence > bindings[field] ? sequence : bindings[field] },
      };
  }

  #perform(member: number, effect: Effect): void {
    if (effect.type === "send") this.#send(member, effect.to, effect.message);
    if (effect.type === "broadcast")
      for (const to of this.#contexts.keys()) if (to !== member) this.#send(member, to, effect.message);
    if (effect.type === "final") this.finals[member]?.push(effect.final);
    if (effect.type === "observe") {
      this.#schedule(OBSERVING_MS * (1 + this.#random.next()), () =>
        this.#handle(member, { type: "observed", observation: this.#observe(member, effect.sequence) }),
      );
    }
  }

  #observe(member: number, sequence: bigint): Observation {
    const { observe } = this.#options;
    return (observe ?? honestObservation)({ member, sequence, now: this.now, random: this.#random });
  }

  #send(from: number, to: number, message: Message): void {
    const messages = this.#options.tamper?.({ from, to, message, now: this.now }) ?? [message];
    for (const sent of messages) {
      if (this.#random.next() < this.#options.loss) continue;
      this.#deliver(to, { from, frame: encodeMessage(sent), within: this.#options.maxDelayMs });
      if (this.#random.next() < (this.#options.duplicates ?? 0))
        this.#deliver(to, { from, frame: encodeMessage(sent), within: DUPLICATE_DELAY_MS });
    }
  }

  #deliver(to: number, { from, frame, within }: { from: number; frame: Uint8Array; within: number }): void {
    this.#schedule(this.#random.next() * within, () => {
      const message = decodeMessage(frame, SIM_LANES);
      if (message !== undefined) this.#handle(to, { type: "message", from, message });
    });
  }

  #schedule(delay: number, run: () => void): void {
    if (delay !== Infinity) this.#queue.push({ at: this.now + Math.max(0, delay), order: this.#order++, run });
  }
}

/** Near 1000 and −500, a little different for each member. */
export function honestObservation({
  sequence,
  now,
  random,
}: {
  sequence: bigint;
  now: number;
  random: Random;
}): Observation {
  const values = [1_000n + BigInt(random.integer(21) - 10), -500n + BigInt(random.integer(21) - 10)];
  return {
    sequence,
    feeds: { mask: 0b11, values },
    timestamp: Math.floor(now / 1_000),
    inputsDigest: `0x${"00".repeat(32)}`,
    fuel: 1n,
  };
}

import type { Message } from "../../../../core/consensus/messages.ts";
import type { ProtocolContext } from "../../../../core/consensus/protocol.ts";
import type { Observation } from "../../../../core/types/observation.ts";
import type { Random } from "../../random.ts";
import type { Counter } from "../tally.ts";
import type { Coalition } from "./coalition.ts";
import type { Hand, Letter, Strategy } from "./strategy.ts";

/** How often a strategy may act of its own accord. */
const TURN_MS = 250;

export interface FaultyMemberDeps {
  readonly coalition: Coalition;
  readonly counter: Counter;
  readonly random: Random;
  now(): number;
  schedule(delayMs: number, run: () => void): void;
  /** Of the engine inside. */
  epoch(): number;
  encode(message: Message): Uint8Array;
  trace(line: () => string): void;
  send(to: number, letter: { frame: Uint8Array; holdMs?: number | undefined }): void;
}

/** A faulty member: an honest engine, and strategies around it that bend what it knows, sees, hears and says. */
export class FaultyMember {
  readonly coalition: Coalition;
  /** What its engine works with. */
  readonly context: ProtocolContext;
  readonly #strategies: readonly Strategy[];
  readonly #deps: FaultyMemberDeps;
  readonly #hand: Hand;

  constructor(
    { context, strategies }: { context: ProtocolContext; strategies: readonly Strategy[] },
    deps: FaultyMemberDeps,
  ) {
    const { self, size } = context;
    this.coalition = deps.coalition;
    this.#strategies = strategies;
    this.#deps = deps;
    this.#hand = {
      ...{ self, context, coalition: deps.coalition, random: deps.random },
      others: Array.from({ length: size.n }, (_, member) => member).filter((member) => member !== self),
      epoch: () => deps.epoch(),
      now: () => deps.now(),
      post: (letter) => this.#post(letter),
      acted(name) {
        deps.counter.add(`adversary: ${name}`);
        deps.trace(() => `member ${self}, faulty, is a ${name}`);
      },
    };
    this.context = strategies.reduce((known, strategy) => strategy.context?.(known, this.#hand) ?? known, context);
  }

  start(): void {
    for (const strategy of this.#strategies) strategy.join?.(this.#hand);
    if (this.#strategies.some((strategy) => strategy.turn !== undefined)) this.#turnSoon();
  }

  observe(observation: Observation): Observation {
    return this.#strategies.reduce(
      (claimed, strategy) => strategy.observe?.(this.#hand, claimed) ?? claimed,
      observation,
    );
  }

  hear(from: number, message: Message, frame: Uint8Array): void {
    this.coalition.note(from, message, frame);
    for (const strategy of this.#strategies) strategy.receive?.(this.#hand, { from, message, frame });
  }

  /** Its engine wants to send. */
  send(to: number, message: Message): void {
    this.coalition.note(this.#hand.self, message, this.#deps.encode(message));
    const letters = this.#strategies.reduce<readonly Letter[]>(
      (left, strategy) => left.flatMap((letter) => strategy.send?.(this.#hand, letter) ?? [letter]),
      [{ to, content: message }],
    );
    for (const letter of letters) this.#post(letter);
  }

  #post({ to, content, holdMs }: Letter): void {
    const frame = content instanceof Uint8Array ? content : this.#deps.encode(content);
    this.#deps.send(to, { frame, holdMs });
  }

  #turnSoon(): void {
    this.#deps.schedule(TURN_MS, () => {
      for (const strategy of this.#strategies) strategy.turn?.(this.#hand);
      this.#turnSoon();
    });
  }
}

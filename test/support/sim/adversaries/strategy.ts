import type { Message } from "../../../../core/consensus/messages.ts";
import type { ProtocolContext } from "../../../../core/consensus/protocol.ts";
import type { Observation } from "../../../../core/types/observation.ts";
import type { Random } from "../../random.ts";
import type { Coalition } from "./coalition.ts";

/** Something on its way to one member: a message, or bytes that need not be one. */
export interface Letter {
  readonly to: number;
  readonly content: Message | Uint8Array;
  /** How long its sender keeps it back. */
  readonly holdMs?: number;
}

/** What a strategy holds in its hands: one faulty member's keys and channels, and what its friends know. */
export interface Hand {
  readonly self: number;
  /** With its own keys. */
  readonly context: ProtocolContext;
  readonly coalition: Coalition;
  readonly random: Random;
  /** All other members. */
  readonly others: readonly number[];
  /** The epoch and the wish of its own engine. */
  epoch(): number;
  /** Virtual milliseconds. */
  now(): number;
  /** Sends past all strategies. */
  post(letter: Letter): void;
  /** Counts a deed. */
  acted(name: string): void;
}

/**
 * What a faulty member does otherwise than the shipped state machine that runs inside it. Strategies of one member are
 * asked in turn: each gets what the one before let through.
 */
export interface Strategy {
  /** Called once, before anything happens. */
  join?(hand: Hand): void;
  /** What its engine knows, for instance another rule of choice. */
  context?(context: ProtocolContext, hand: Hand): ProtocolContext;
  /** What it claims to have observed. */
  observe?(hand: Hand, observation: Observation): Observation;
  /** What leaves instead of a letter of its engine. */
  send?(hand: Hand, letter: Letter): readonly Letter[];
  /** It hears everything that reaches its member. */
  receive?(hand: Hand, heard: { from: number; message: Message; frame: Uint8Array }): void;
  /** Called every TURN_MS. */
  turn?(hand: Hand): void;
}

/** Whether the content is a message of this kind. */
export function isMessage<K extends Message["kind"]>(
  content: Letter["content"],
  kind: K,
): content is Extract<Message, { kind: K }> {
  return "kind" in content && content.kind === kind;
}

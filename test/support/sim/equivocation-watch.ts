import type { Message } from "../../../core/consensus/messages.ts";
import type { OracleState } from "../../../core/consensus/oracle-state.ts";
import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import { show } from "./describe.ts";
import type { Disk } from "./disk.ts";
import { type OwnStatement, ownStatement } from "./statements.ts";
import type { Counter } from "./tally.ts";
import { Violation } from "./violation.ts";

interface Heard {
  readonly text: string;
  /** A forgery was heard too: what a node makes of that is its own affair. */
  readonly spoilt: boolean;
}

/**
 * Follows what faulty members sign before one honest node, since its last start. Two different statements of the epoch
 * that the node is in, heard from their signer itself, must leave evidence on its disk.
 */
export class EquivocationWatch {
  readonly #context: ProtocolContext;
  readonly #counter: Counter;
  readonly #heard = new Map<string, Heard>();

  constructor(context: ProtocolContext, { counter }: { counter: Counter }) {
    this.#context = context;
    this.#counter = counter;
  }

  onRestart(): void {
    this.#heard.clear();
  }

  /** Called once the node has made its step from the message. */
  onHeard(from: number, message: Message, { before, disk }: { before: OracleState; disk: Disk }): void {
    const statement = ownStatement(this.#context, from, message);
    if (statement === undefined || !isOpen(this.#context, before, statement)) return;
    const key = `${from} ${statement.kind} ${statement.sequence}`;
    const known = this.#heard.get(key);
    if (!statement.signed || known === undefined) {
      this.#heard.set(key, {
        text: known?.text ?? statement.text,
        spoilt: !statement.signed || known?.spoilt === true,
      });
      return;
    }
    if (known.spoilt || known.text === statement.text) return;
    this.#counter.add(`contradictions heard: ${statement.kind}`);
    if (!disk.hasEvidence({ member: from, kind: statement.kind, sequence: statement.sequence }))
      throw new Violation(
        "evidence against equivocators",
        `member ${this.#context.self} heard ${from} contradict itself: ${statement.kind} of slot ${show(statement.sequence)}`,
      );
  }
}

/** Whether the slot is one that the node is sure to witness: of its epoch, and not beyond the round that it knows. */
function isOpen(
  { timing, configIndex }: ProtocolContext,
  { pacemaker, follower }: OracleState,
  { sequence }: OwnStatement,
) {
  const epoch = Number((sequence >> 16n) & 0xffff_ffffn);
  const round = Number(sequence & 0xffffn);
  const sameConfiguration = Number(sequence >> 48n) === configIndex;
  const known = sequence <= follower.observing || round <= 1;
  return sameConfiguration && epoch === pacemaker.epoch && round >= 1 && round <= timing.rMax && known;
}

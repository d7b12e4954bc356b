import type { BindingKind, Message } from "../../../../core/consensus/messages.ts";
import { decodeMessage, encodeMessage, type WireShape } from "../../../../core/consensus/wire.ts";
import { slotOf } from "../../../../core/types/sequence.ts";
import type { SignedObservation } from "../../../../core/types/observation.ts";

/** Longer than anything takes on a busy machine: only a failure waits so long. */
const PATIENCE_MS = 60_000;

/** Something that binds its sender for one slot. */
export interface Statement {
  readonly kind: BindingKind;
  readonly sequence: bigint;
  readonly bytes: Uint8Array;
}

/** `prepare of epoch 3, round 1` */
export function slotText({ kind, sequence }: Pick<Statement, "kind" | "sequence">): string {
  const { epoch, round } = slotOf(sequence);
  return `${kind} of epoch ${epoch}, round ${round}`;
}

type OfKind<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

interface Waiter {
  take(message: Message): boolean;
}

/** Everything that one node ever sent, over all of its lives. */
export class Recorder {
  readonly #self: number;
  readonly #shape: WireShape;
  readonly #messages: Message[] = [];
  readonly #waiters = new Set<Waiter>();
  /** By kind and slot, then by content. */
  readonly #statements = new Map<string, Map<string, Statement>>();

  constructor(self: number, shape: WireShape) {
    this.#self = self;
    this.#shape = shape;
  }

  /** @throws RangeError for a frame that no node would send. */
  note(frame: Uint8Array): void {
    const message = decodeMessage(frame, this.#shape);
    if (message === undefined) throw new RangeError(`the node sent no message: ${Buffer.from(frame).toString("hex")}`);
    this.#messages.push(message);
    for (const statement of this.#statementsOf(message, frame)) this.#keep(statement);
    for (const waiter of this.#waiters) if (waiter.take(message)) this.#waiters.delete(waiter);
  }

  /** Forgets the messages, so that `next` is about later ones; what they bound the node to stays. */
  turnPage(): void {
    this.#messages.length = 0;
  }

  /** The first message of these kinds that fits, heard since the page was turned or to come. */
  next<Kind extends Message["kind"]>(
    kinds: readonly Kind[],
    fits: (message: OfKind<Kind>) => boolean,
  ): Promise<OfKind<Kind>> {
    const isIt = (message: Message): message is OfKind<Kind> =>
      (kinds as readonly string[]).includes(message.kind) && fits(message as OfKind<Kind>);
    const heard = this.#messages.find(isIt);
    if (heard !== undefined) return Promise.resolve(heard);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the node never sent the ${kinds.join(" or ")} that was waited for`)),
        PATIENCE_MS,
      );
      const take = (message: Message): boolean => {
        if (!isIt(message)) return false;
        clearTimeout(timer);
        resolve(message);
        return true;
      };
      this.#waiters.add({ take });
    });
  }

  statements(): readonly Statement[] {
    return [...this.#statements.values()].flatMap((versions) => [...versions.values()]);
  }

  /** Slots for which the node bound itself twice. */
  doubles(): readonly string[] {
    return [...this.#statements].filter(([, versions]) => versions.size > 1).map(([slot]) => slot);
  }

  #keep(statement: Statement): void {
    const slot = slotText(statement);
    const versions = this.#statements.get(slot) ?? new Map<string, Statement>();
    const content = Buffer.from(statement.bytes).toString("hex");
    this.#statements.set(slot, versions.set(content, versions.get(content) ?? statement));
  }

  /** A leader's own observation leaves in its proposals alone. */
  #statementsOf(message: Message, bytes: Uint8Array): Statement[] {
    const { kind } = message;
    if (kind === "prepare") return [{ kind, sequence: message.sequence, bytes }];
    if (kind === "signature") return [{ kind, sequence: message.report.sequence, bytes }];
    if (kind === "observation") return [observed(message)];
    if (kind !== "proposal") return [];
    const own = message.observations.filter(({ observer }) => observer === this.#self);
    return [{ kind, sequence: message.sequence, bytes }, ...own.map(observed)];
  }
}

function observed({ observation, signature }: SignedObservation): Statement {
  const bytes = encodeMessage({ kind: "observation", observation, signature });
  return { kind: "observation", sequence: observation.sequence, bytes };
}

import type { SentTransaction, TransactionState, TransactionStore } from "../../core/ports/transaction-store.ts";
import type { Job } from "./call-queue.ts";
import type { Fees } from "./fees.ts";
import { type Call, readSigned } from "./signed-call.ts";

/** One signed transaction for a nonce. */
export interface Attempt {
  readonly transaction: SentTransaction;
  readonly call: Call;
  readonly fees: Fees;
  /** Who wished for it; undefined after a restart. */
  job: Job | undefined;
}

/** A nonce that this node used and whose end is not final. */
export interface Slot {
  readonly nonce: number;
  /** At least one; each later one replaces those before. Any of them may get into a block. */
  readonly attempts: Attempt[];
  /** The one that is in a block. */
  included: { readonly attempt: Attempt; readonly blockNumber: number } | undefined;
  /** On the clock: when the first left, when the last was signed, and when it last left. */
  readonly since: number;
  raisedAt: number;
  sentAt: number | undefined;
  /** A reorganisation took its block: whether the call is still wanted must be asked again. */
  doubtful: boolean;
  /** On the clock: since when the chain says that the nonce is used, and shows none of these attempts. */
  missingSince: number | undefined;
  /** No room is left within the fee caps. */
  atCap: boolean;
}

/** The nonces in flight, in memory and on disk alike. */
export interface NonceSlots {
  all(): readonly Slot[];
  /** The first nonce that is not final: everything below is over. Undefined for an account never used. */
  floor(): number | undefined;
  /** Stores a signed transaction, as a new slot or as one more attempt. It may leave afterwards. */
  add(attempt: Attempt, now: number): Slot;
  include(slot: Slot, attempt: Attempt, blockNumber: number): void;
  /** Its block is gone: the transaction may come into another one. */
  reopen(slot: Slot): void;
  /** Ends a slot: with its included transaction, or because a foreign one took the nonce. */
  close(slot: Slot): void;
  /** The chain counts less than was used here: the floor goes down to its count, unless slots are open. */
  rewind(count: number): void;
}

/** Takes up what an earlier run of this node left in flight. */
export function createNonceSlots({ store, now }: { store: TransactionStore; now: number }): NonceSlots {
  const slots = new Map<number, Slot>();
  let next = store.nextNonce();
  for (const transaction of store.open()) restore(slots, transaction, now);
  const note = ({ transaction }: Attempt, state: TransactionState, blockNumber: number | undefined) =>
    store.put({ ...transaction, state, blockNumber });
  const ascending = () => [...slots.values()].sort((a, b) => a.nonce - b.nonce);

  return {
    all: ascending,
    floor: () => ascending()[0]?.nonce ?? next,
    add(attempt, at) {
      const { nonce } = attempt.transaction;
      store.put(attempt.transaction);
      next = Math.max(next ?? 0, nonce + 1);
      const slot = slots.get(nonce) ?? emptySlot(nonce, at);
      slots.set(nonce, slot);
      slot.attempts.push(attempt);
      Object.assign(slot, { raisedAt: at, sentAt: undefined, doubtful: false });
      return slot;
    },
    include(slot, attempt, blockNumber) {
      slot.included = { attempt, blockNumber };
      slot.missingSince = undefined;
      // The others stay as they are until the block is final: another branch may hold one of them.
      note(attempt, "included", blockNumber);
    },
    reopen(slot) {
      if (slot.included !== undefined) note(slot.included.attempt, "sent", undefined);
      Object.assign(slot, { included: undefined, doubtful: true, sentAt: undefined, missingSince: undefined });
    },
    close(slot) {
      for (const attempt of slot.attempts) {
        const stays = attempt === slot.included?.attempt;
        note(attempt, stays ? "final" : "replaced", stays ? slot.included?.blockNumber : undefined);
      }
      slots.delete(slot.nonce);
    },
    rewind(count) {
      next = Math.max(count, (ascending().at(-1)?.nonce ?? -1) + 1);
    },
  };
}

function restore(slots: Map<number, Slot>, transaction: SentTransaction, now: number): void {
  const slot = slots.get(transaction.nonce) ?? emptySlot(transaction.nonce, now);
  slots.set(transaction.nonce, slot);
  const attempt: Attempt = { transaction, ...readSigned(transaction), job: undefined };
  slot.attempts.push(attempt);
  slot.doubtful = true;
  if (transaction.state !== "included" || transaction.blockNumber === undefined) return;
  slot.included = { attempt, blockNumber: transaction.blockNumber };
}

function emptySlot(nonce: number, now: number): Slot {
  return {
    ...{ nonce, attempts: [], included: undefined, since: now, raisedAt: now, sentAt: undefined },
    ...{ doubtful: false, missingSince: undefined, atCap: false },
  };
}

/** The attempt that counts: in a block, or the last one sent. */
function currentAttempt({ included, attempts }: Slot): Attempt {
  const attempt = included?.attempt ?? attempts.at(-1);
  if (attempt === undefined) throw new TypeError("a slot has at least one attempt");
  return attempt;
}

/** What an operator wants to see of it. */
export function describeSlot(slot: Slot) {
  const { transaction, call } = currentAttempt(slot);
  return {
    ...{ nonce: slot.nonce, txHash: transaction.hash, purpose: call.purpose, sequence: call.sequence },
    atFeeCap: slot.atCap,
  };
}

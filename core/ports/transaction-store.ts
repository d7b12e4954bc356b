import type { Hex } from "../types/hex.ts";

/**
 * `sent`: may be in a block any time. `included`: seen in a block that is not final yet. `final`: in one that is.
 * `replaced`: another transaction took its nonce.
 */
export type TransactionState = "sent" | "included" | "final" | "replaced";
/** `cancel` moves nothing: it only frees a nonce. */
export type TransactionPurpose = "transmit" | "prove" | "cancel";

/** A signed transaction of this node's account. */
export interface SentTransaction {
  readonly nonce: number;
  readonly hash: Hex;
  /** As signed: what is sent again after a restart. */
  readonly raw: Hex;
  readonly purpose: TransactionPurpose;
  /** Of the report that it is about; 0n for `cancel`. */
  readonly sequence: bigint;
  readonly state: TransactionState;
  /** Of the block that includes it. */
  readonly blockNumber: number | undefined;
}

/** Durable memory of what left this node's account. Synchronous: a transaction leaves only after its `put` returned. */
export interface TransactionStore {
  /** Inserts it, or updates the one of the same hash. */
  put(transaction: SentTransaction): void;
  /** Those in state `sent` or `included`, by nonce, in the order in which they were first put. */
  open(): readonly SentTransaction[];
  /** The nonce after the highest that was used here, or still may be; undefined for an account never used. */
  nextNonce(): number | undefined;
}

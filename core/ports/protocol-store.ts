import type { FinalReport } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";

/** A message that binds this node for one slot: at most one per kind and slot, ever. */
export interface BindingRecord {
  readonly kind: "observation" | "proposal" | "prepare" | "signature";
  readonly sequence: bigint;
  readonly bytes: Uint8Array;
}

export interface ReceivedRecord extends BindingRecord {
  readonly sender: number;
}

/** One step's durable facts, written in one transaction. */
export interface ProtocolCommit {
  readonly bindings: readonly BindingRecord[];
  readonly epoch: { readonly epoch: number; readonly wish: number } | undefined;
  readonly finals: readonly FinalReport[];
}

export interface StoredProtocol {
  readonly epoch: { readonly epoch: number; readonly wish: number } | undefined;
  readonly highest: Readonly<Record<BindingRecord["kind"], bigint>>;
  readonly lastFinal: FinalReport | undefined;
}

/** Durable memory of the protocol for one configuration. Synchronous: a message leaves only after its commit returned. */
export interface ProtocolStore {
  load(): StoredProtocol;
  /** Throws if a binding for the same kind and slot with other bytes exists: that would be a double signature. */
  commit(commit: ProtocolCommit): void;
  /** Notes what a member sent, for later comparison. Written in batches; a crash may lose the last second. */
  noteReceived(record: ReceivedRecord): void;
  finalOf(sequence: bigint): FinalReport | undefined;
  recentFinals(limit: number): readonly FinalReport[];
}

export type TransmissionState = "pending" | "transmitted" | "not-needed" | "failed";

export interface Transmission {
  readonly sequence: bigint;
  readonly state: TransmissionState;
  /** Unix milliseconds of this node's turn. */
  readonly dueAt: number;
  readonly txHash: Hex | undefined;
}

export interface TransmissionStore {
  put(transmission: Transmission): void;
  pending(): readonly Transmission[];
}

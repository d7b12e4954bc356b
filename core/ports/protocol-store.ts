import type { EpochRecord } from "../types/epoch.ts";
import type { Equivocation } from "../types/evidence.ts";
import type { FinalReport } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";

/** A message that binds this node for one slot: at most one per kind and slot, ever. */
export interface BindingRecord {
  readonly kind: "observation" | "proposal" | "prepare" | "signature";
  readonly sequence: bigint;
  readonly bytes: Uint8Array;
}

/** One step's durable facts, written in one transaction. */
export interface ProtocolCommit {
  readonly bindings: readonly BindingRecord[];
  readonly epoch: EpochRecord | undefined;
  readonly finals: readonly FinalReport[];
  readonly evidence: readonly Equivocation[];
}

export interface StoredProtocol {
  readonly epoch: EpochRecord | undefined;
  readonly highest: Readonly<Record<BindingRecord["kind"], bigint>>;
  readonly lastFinal: FinalReport | undefined;
}

/** Durable memory of the protocol for one configuration. Synchronous: a message leaves only after its commit returned. */
export interface ProtocolStore {
  load(): StoredProtocol;
  /** Throws if a binding for the same kind and slot with other bytes exists: that would be a double signature. */
  commit(commit: ProtocolCommit): void;
  finalOf(sequence: bigint): FinalReport | undefined;
  recentFinals(limit: number): readonly FinalReport[];
  /** All equivocations that this node witnessed, oldest first; at most one per member, kind and slot. */
  evidence(): readonly Equivocation[];
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

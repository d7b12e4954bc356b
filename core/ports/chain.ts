import type { StoredFeed } from "../types/chain.ts";
import type { CommitteeStatus, Configuration } from "../types/committee.ts";
import type { FinalReport } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";
import type { MedianProof } from "./prover.ts";

export interface ChainConfiguration {
  readonly digest: Hex;
  readonly configuration: Configuration;
  readonly hub: Hex;
  readonly chainId: bigint;
}

/** A report that the hub accepted: read from its event. */
export interface TransmittedReport {
  readonly sequence: bigint;
  /** Lanes whose stored value this transmission changed. */
  readonly stored: number;
  readonly txHash: Hex;
  readonly blockNumber: number;
}

/** One that can be proven. */
export interface RecordedReport extends TransmittedReport {
  /** EIP-712 digest. */
  readonly digest: Hex;
  /** The hub's counter that names the report's slot for `prove`; 0n if a newer report was there first. */
  readonly index: bigint;
}

export interface ProvenReport {
  readonly index: bigint;
  readonly sequence: bigint;
  readonly txHash: Hex;
  readonly blockNumber: number;
}

export interface ChainEvents {
  /** Of a committee without a verifier. */
  onTransmitted(report: TransmittedReport): void;
  /** Of a committee with one. */
  onRecorded(report: RecordedReport): void;
  onProven(report: ProvenReport): void;
  /** Blocks from this one on were replaced: what was told of them may not be on the chain any more. */
  onReorganised(fromBlock: number): void;
  /** The feeds as stored, in canonical order, after each new block that touched the hub. */
  onFeeds(feeds: readonly StoredFeed[]): void;
}

/** What the registry says of the committees that matter now: the staged next ones, the active one, retired ones in their grace. */
export interface CommitteeEvents {
  onCommittees(committees: Committees): void;
}

export interface Committees {
  readonly statuses: readonly CommitteeStatus[];
  /** Sequence of the newest report that the hub took from any committee; 0n before the first. */
  readonly lastSequence: bigint;
}

export interface ChainReader {
  /** Sequence of the newest report that the hub took from any committee; 0n before the first. */
  lastSequence(): Promise<bigint>;
  feeds(): Promise<readonly StoredFeed[]>;
  /** Whether the report in this slot still waits for a proof. */
  awaitsProof(report: { index: bigint; digest: Hex }): Promise<boolean>;
}

export interface Receipt {
  readonly txHash: Hex;
  readonly gasUsed: bigint;
  readonly blockNumber: number;
}

/** Sends transactions from this node's transmitter account, one after the other. One writer serves all committees of a node. */
export interface ChainWriter {
  /**
   * `storeMask` is asked right before the transaction is built, and again before a stuck one is replaced; 0 means that the
   * chain needs it no more. Resolves once it is in a block, with undefined if it was not wanted, or not any more.
   */
  transmit(final: FinalReport, storeMask: () => Promise<number>): Promise<Receipt | undefined>;
  /** Resolves with undefined if the chain takes no proof of this report any more, or if it is called off before it leaves. */
  prove(
    final: FinalReport,
    proof: MedianProof,
    options: { index: bigint; signal?: AbortSignal },
  ): Promise<Receipt | undefined>;
  /**
   * What became of one of this account's transactions: resolves when its call is in a block that is final by the configured
   * rule, perhaps another one than at first; with undefined if a reorganisation took it and the chain wants it no more.
   */
  settled(txHash: Hex): Promise<Receipt | undefined>;
}

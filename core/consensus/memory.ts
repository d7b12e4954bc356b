import type { StoredProtocol } from "../ports/protocol-store.ts";
import { type EpochRecord, NOT_YET_KNOWN } from "../types/epoch.ts";
import type { FinalReport } from "../types/final.ts";
import { slotOf } from "../types/sequence.ts";

/** Highest slot for which this node has bound itself, per kind of message; 0n before the first. */
export interface Bindings {
  readonly observed: bigint;
  readonly proposed: bigint;
  readonly prepared: bigint;
  readonly signed: bigint;
}

/** What a node remembers over a restart. */
export interface ProtocolRecord {
  readonly epoch: EpochRecord;
  readonly bindings: Bindings;
  readonly lastFinal: FinalReport | undefined;
}

/** A node that never took part in this configuration: it starts in epoch 1. */
export const FRESH_RECORD: ProtocolRecord = {
  epoch: { epoch: 1, wish: 1, bindsFrom: 1 },
  bindings: { observed: 0n, proposed: 0n, prepared: 0n, signed: 0n },
  lastFinal: undefined,
};

export interface ChainMemory {
  readonly configIndex: number;
  /** Sequence of the newest report that the hub took, of whatever configuration; 0n for none. */
  readonly lastSequence: bigint;
  /** Whether this node's database is known to be older than the configuration: then it cannot have forgotten it. */
  readonly neverTookPart: boolean;
}

/**
 * What a node starts with: its own storage, and what the chain shows of this configuration. The chain moves the epoch
 * forward: f+1 members, one of them honest, signed in it. A node without any memory of a configuration that has reported
 * may have bound itself and forgotten it: it binds itself to nothing until it knows from which epoch on it may.
 */
export function memoryOf(stored: StoredProtocol, chain: ChainMemory): ProtocolRecord {
  const { configIndex, lastSequence, neverTookPart } = chain;
  const { observation, proposal, prepare, signature } = stored.highest;
  const bindings = { observed: observation, proposed: proposal, prepared: prepare, signed: signature };
  // Final reports are no memory of what this node bound itself to: others may have brought them.
  const knowsNothing = stored.epoch === undefined && Object.values(bindings).every((sequence) => sequence === 0n);
  const newest = slotOf(lastSequence);
  const { lastFinal } = stored;
  if (knowsNothing && !neverTookPart && newest.configIndex >= configIndex) return { ...memoryLost(chain), lastFinal };
  const record = stored.epoch ?? FRESH_RECORD.epoch;
  const epoch = newest.configIndex === configIndex ? Math.max(record.epoch, newest.epoch) : record.epoch;
  return { epoch: { ...record, epoch, wish: Math.max(record.wish, epoch) }, bindings, lastFinal };
}

/** A newer configuration's report hides how far this one came: then nothing is known but that it may have reported. */
function memoryLost({ configIndex, lastSequence }: ChainMemory): ProtocolRecord {
  const reported = slotOf(lastSequence).configIndex === configIndex ? lastSequence : 0n;
  const epoch = Math.max(1, slotOf(reported).epoch);
  return {
    epoch: { epoch, wish: epoch, bindsFrom: NOT_YET_KNOWN },
    bindings: { observed: reported, proposed: reported, prepared: reported, signed: reported },
    lastFinal: undefined,
  };
}

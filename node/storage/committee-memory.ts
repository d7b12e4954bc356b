import type { DatabaseSync } from "node:sqlite";
import type { Committees } from "../../core/ports/chain.ts";
import type { CommitteeStatus } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import { transaction } from "./database.ts";

export interface CommitteeMemoryOptions {
  /** Indices of configurations count per registry. */
  readonly chainId: number;
  readonly registry: Hex;
}

/** What tells a node that was late from one that lost its memory. */
export interface CommitteeMemory {
  /** Notes what has not reported yet, and, the first time, where the registry stood: from here on this database remembers. */
  hear(committees: Committees): void;
  /** Whether this database is known to be older than the configuration with this index: then it has forgotten nothing of it. */
  isOlderThan(index: number): boolean;
  /** Configurations that it knows from earlier runs, those with the newest final reports first. */
  known(): readonly Hex[];
}

/** As many as are followed at once: each is asked for on the chain at the start. */
export const MAX_KNOWN_CONFIGURATIONS = 16;

export function createCommitteeMemory(
  { chainId, registry }: CommitteeMemoryOptions,
  { database }: { database: DatabaseSync },
): CommitteeMemory {
  const statements = prepare(database);
  const born = () => statements.born.get(chainId, registry)?.born as number | undefined;
  let isBorn = born() !== undefined;

  return {
    hear(committees) {
      const unreported = committees.statuses.filter((status) => mayReportYet(status, committees.lastSequence));
      if (isBorn && unreported.length === 0) return;
      transaction(database, () => {
        statements.putBorn.run(chainId, registry, highestIndex(committees));
        for (const { digest } of unreported) statements.putEpoch.run(digest);
      });
      isBorn = true;
    },
    isOlderThan: (index) => index > (born() ?? Infinity),
    known: () => statements.known.all(MAX_KNOWN_CONFIGURATIONS).map(({ config }) => config as Hex),
  };
}

/** Ahead of its first report nobody has bound itself to anything that the chain shows. */
function mayReportYet({ state, index }: CommitteeStatus, lastSequence: bigint): boolean {
  return (state === "staged" || state === "active") && index > slotOf(lastSequence).configIndex;
}

/** The registry counts its configurations upwards: a higher index is not in force yet. */
function highestIndex({ statuses, lastSequence }: Committees): number {
  return Math.max(slotOf(lastSequence).configIndex, ...statuses.map(({ index }) => index));
}

function prepare(database: DatabaseSync) {
  return {
    born: database.prepare("SELECT born FROM registry WHERE chain_id = ? AND address = ?"),
    putBorn: database.prepare("INSERT OR IGNORE INTO registry (chain_id, address, born) VALUES (?, ?, ?)"),
    // As a node starts that never took part. What is stored already stays.
    putEpoch: database.prepare("INSERT OR IGNORE INTO epoch (config, epoch, wish, binds_from) VALUES (?, 1, 1, 1)"),
    // Sequences begin with the configuration's index; where there is no final report, the order does not matter.
    known: database.prepare(
      `SELECT config FROM epoch
       ORDER BY (SELECT max(sequence) FROM final WHERE final.config = epoch.config) DESC LIMIT ?`,
    ),
  };
}

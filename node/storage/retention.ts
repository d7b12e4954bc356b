import type { DatabaseSync } from "node:sqlite";
import type { Log } from "../../core/ports/log.ts";
import type { BindingRecord, ProtocolCommit } from "../../core/ports/protocol-store.ts";
import type { Hex } from "../../core/types/hex.ts";
import { transaction } from "./database.ts";

/** Rounds whose finals, bindings and transmissions are kept: almost a day of 4-second rounds. */
export const RETAINED_ROUNDS = 20_000;
/** Rows of one series that are deleted at a time: many, since each time costs a sync, yet a matter of a millisecond. */
export const PRUNE_BATCH = 128;

/** What grows by about one row per round and is pruned by itself: bindings may go on while no report becomes final. */
type Series = BindingRecord["kind"] | "final";

export interface RetentionDeps {
  readonly database: DatabaseSync;
  readonly log?: Log | undefined;
}

/** Forgets the oldest rows of one configuration, a few at a time, so that no commit waits for a large deletion. */
export interface Retention {
  /**
   * Counts what was just stored, and prunes a batch of what has become too long. Never throws: what was stored is stored,
   * and what cannot be pruned now is tried again after the next commit.
   */
  afterCommit(commit: ProtocolCommit): void;
}

/**
 * The newest RETAINED_ROUNDS rows of each series stay, and with them the newest binding of each kind, however old: it is
 * what keeps this node from signing twice. Counts the rows once; after that each commit adds its own.
 */
export function createRetention(config: Hex, { database, log }: RetentionDeps): Retention {
  const counts = countRows(config, database);
  const statements = prepare(database);
  let failing = false;

  function prune(series: Series): number {
    if (series !== "final") return Number(statements.bindings.run(config, series, config, series).changes);
    const { changes } = statements.finals.run(config, config);
    statements.transmissions.run(config, config);
    return Number(changes);
  }

  function pruneAll(): void {
    for (const series of Object.keys(counts) as Series[]) {
      if (counts[series] < RETAINED_ROUNDS + PRUNE_BATCH) continue;
      counts[series] -= transaction(database, () => prune(series));
    }
  }

  return {
    afterCommit({ bindings, finals }) {
      // Stored again is counted again: then a row goes a little sooner.
      for (const { kind } of bindings) counts[kind] += 1;
      counts.final += finals.length;
      try {
        pruneAll();
        failing = false;
      } catch (error) {
        if (!failing) log?.warn({ error }, "old rows cannot be pruned: check the data directory; trying again");
        failing = true;
      }
    },
  };
}

function countRows(config: Hex, database: DatabaseSync): Record<Series, number> {
  const finals = database.prepare("SELECT count(*) AS rows FROM final WHERE config = ?").get(config);
  const counts = { observation: 0, proposal: 0, prepare: 0, signature: 0, final: Number(finals?.rows) };
  const kinds = database.prepare("SELECT kind, count(*) AS rows FROM binding WHERE config = ? GROUP BY kind");
  for (const { kind, rows } of kinds.all(config)) counts[kind as BindingRecord["kind"]] = Number(rows);
  return counts;
}

function prepare(database: DatabaseSync) {
  return {
    bindings: database.prepare(
      `DELETE FROM binding WHERE config = ? AND kind = ? AND sequence IN
       (SELECT sequence FROM binding WHERE config = ? AND kind = ? ORDER BY sequence LIMIT ${PRUNE_BATCH})`,
    ),
    finals: database.prepare(
      `DELETE FROM final WHERE config = ? AND sequence IN
       (SELECT sequence FROM final WHERE config = ? ORDER BY sequence LIMIT ${PRUNE_BATCH})`,
    ),
    transmissions: database.prepare(
      `DELETE FROM transmission WHERE config = ? AND sequence <
       (SELECT sequence FROM final WHERE config = ? ORDER BY sequence LIMIT 1)`,
    ),
  };
}

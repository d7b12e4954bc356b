import type { DatabaseSync } from "node:sqlite";
import { ByteReader } from "../../core/codec/byte-reader.ts";
import { encodeFinal, readFinal } from "../../core/codec/final.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { BindingRecord, ProtocolStore, ReceivedRecord, StoredProtocol } from "../../core/ports/protocol-store.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceKey, transaction } from "./database.ts";

export interface DoubleBinding {
  readonly code: "double-binding";
  readonly kind: BindingRecord["kind"];
  readonly sequence: bigint;
}

export interface ProtocolStoreOptions {
  /** Slots of another configuration are kept apart. */
  readonly configDigest: Hex;
  /** K of the value vectors. */
  readonly lanes: number;
}

/** Rounds whose records are kept: a day of 4-second rounds is 21,600. Bindings below are covered by the newer ones. */
export const RETAINED_ROUNDS = 20_000;
/** Commits between two prunings. */
const PRUNE_INTERVAL = 500;
/** Different messages kept of one kind, sender and slot: two show that the sender contradicts itself. */
const MAX_VERSIONS = 2;
/** Received messages waiting for the next commit: a few rounds of the largest committee. */
const MAX_UNWRITTEN = 1_000;

export function createProtocolStore(
  options: ProtocolStoreOptions,
  { database }: { database: DatabaseSync },
): ProtocolStore & { flush(): void } {
  const { configDigest: config, lanes } = options;
  const statements = prepare(database);
  const unwritten: ReceivedRecord[] = [];
  let commits = 0;
  const decode = (bytes: Uint8Array) => readFinal(new ByteReader(bytes), lanes);

  function writeReceived(): void {
    for (const { sequence, sender, kind, bytes } of unwritten.splice(0)) {
      const key = sequenceKey(sequence);
      statements.receive.run({ config, sequence: key, sender, kind, bytes, most: MAX_VERSIONS });
    }
  }

  function recentFinals(limit: number): readonly FinalReport[] {
    const rows = statements.finals.all(config, limit) as unknown as { bytes: Uint8Array }[];
    return rows.map((row) => decode(row.bytes));
  }

  return {
    load: () => ({ ...loadRecord(statements, config), lastFinal: recentFinals(1)[0] }),
    commit({ bindings, epoch, finals }) {
      transaction(database, () => {
        for (const binding of bindings) bind(statements, config, binding);
        if (epoch !== undefined) statements.putEpoch.run(config, epoch.epoch, epoch.wish);
        for (const final of finals)
          statements.putFinal.run(config, sequenceKey(final.report.sequence), final.digest, encodeFinal(final));
        writeReceived();
        if (++commits % PRUNE_INTERVAL === 0) prune(database, config);
      });
    },
    noteReceived(record) {
      if (unwritten.length < MAX_UNWRITTEN) unwritten.push(record);
    },
    finalOf(sequence) {
      const row = statements.final.get(config, sequenceKey(sequence)) as { bytes: Uint8Array } | undefined;
      return row === undefined ? undefined : decode(row.bytes);
    },
    recentFinals,
    flush() {
      transaction(database, writeReceived);
    },
  };
}

function bind(statements: Statements, config: Hex, { kind, sequence, bytes }: BindingRecord): void {
  const key = sequenceKey(sequence);
  const known = statements.binding.get(config, kind, key) as { bytes: Uint8Array } | undefined;
  if (known === undefined) {
    statements.bind.run(config, kind, key, bytes);
  } else if (!Buffer.from(known.bytes).equals(bytes)) {
    const message = `refusing a second ${kind} for slot ${sequence}: is another process running with the same keys?`;
    throw new QuorateError<DoubleBinding>({ code: "double-binding", kind, sequence }, message);
  }
}

function loadRecord(statements: Statements, config: Hex): Omit<StoredProtocol, "lastFinal"> {
  const row = statements.epoch.get(config) as { epoch: number; wish: number } | undefined;
  const highest = (kind: BindingRecord["kind"]): bigint => {
    const { sequence } = statements.highest.get(config, kind) as { sequence: string | null };
    return sequence === null ? 0n : BigInt(`0x${sequence}`);
  };
  return {
    epoch: row === undefined ? undefined : { epoch: row.epoch, wish: row.wish },
    highest: {
      observation: highest("observation"),
      proposal: highest("proposal"),
      prepare: highest("prepare"),
      signature: highest("signature"),
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    binding: database.prepare("SELECT bytes FROM binding WHERE config = ? AND kind = ? AND sequence = ?"),
    bind: database.prepare("INSERT INTO binding (config, kind, sequence, bytes) VALUES (?, ?, ?, ?)"),
    highest: database.prepare("SELECT max(sequence) AS sequence FROM binding WHERE config = ? AND kind = ?"),
    epoch: database.prepare("SELECT epoch, wish FROM epoch WHERE config = ?"),
    putEpoch: database.prepare("INSERT OR REPLACE INTO epoch (config, epoch, wish) VALUES (?, ?, ?)"),
    final: database.prepare("SELECT bytes FROM final WHERE config = ? AND sequence = ?"),
    finals: database.prepare("SELECT bytes FROM final WHERE config = ? ORDER BY sequence DESC LIMIT ?"),
    putFinal: database.prepare("INSERT OR IGNORE INTO final (config, sequence, digest, bytes) VALUES (?, ?, ?, ?)"),
    receive: database.prepare(
      `INSERT OR IGNORE INTO received (config, sequence, sender, kind, bytes)
       SELECT :config, :sequence, :sender, :kind, :bytes WHERE :most > (SELECT count(*) FROM received
       WHERE config = :config AND sequence = :sequence AND sender = :sender AND kind = :kind)`,
    ),
  };
}

/**
 * Forgets what lies more than RETAINED_ROUNDS finals back. The newest binding of each kind stays, however old: what this
 * node signed last is what keeps it from signing twice.
 */
function prune(database: DatabaseSync, config: string): void {
  const oldest = database.prepare(
    "SELECT sequence FROM final WHERE config = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?",
  );
  const row = oldest.get(config, RETAINED_ROUNDS) as { sequence: string } | undefined;
  if (row === undefined) return;
  for (const table of ["final", "received", "transmission"]) {
    database.prepare(`DELETE FROM ${table} WHERE config = ? AND sequence < ?`).run(config, row.sequence);
  }
  const newest =
    "SELECT max(sequence) FROM binding AS other WHERE other.config = binding.config AND other.kind = binding.kind";
  database
    .prepare(`DELETE FROM binding WHERE config = ? AND sequence < ? AND sequence < (${newest})`)
    .run(config, row.sequence);
}

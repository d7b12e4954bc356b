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
/** Received messages waiting for the next commit: a few rounds of the largest committee. */
const MAX_UNWRITTEN = 1_000;

export function createProtocolStore(
  options: ProtocolStoreOptions,
  { database }: { database: DatabaseSync },
): ProtocolStore & { flush(): void } {
  const { configDigest: config, lanes } = options;
  const unwritten: ReceivedRecord[] = [];
  let commits = 0;
  const statements = prepare(database);
  const decode = (bytes: Uint8Array) => readFinal(new ByteReader(bytes), lanes);

  function bind({ kind, sequence, bytes }: BindingRecord): void {
    const key = sequenceKey(sequence);
    const known = statements.binding.get(config, kind, key) as { bytes: Uint8Array } | undefined;
    if (known === undefined) {
      statements.bind.run(config, kind, key, bytes);
    } else if (!Buffer.from(known.bytes).equals(bytes)) {
      const message = `refusing a second ${kind} for slot ${sequence}: is another process running with the same keys?`;
      throw new QuorateError<DoubleBinding>({ code: "double-binding", kind, sequence }, message);
    }
  }

  function writeReceived(): void {
    for (const { sequence, sender, kind, bytes } of unwritten.splice(0))
      statements.receive.run(config, sequenceKey(sequence), sender, kind, bytes);
  }

  function highest(kind: BindingRecord["kind"]): bigint {
    const row = statements.highest.get(config, kind) as { sequence: string | null };
    return row.sequence === null ? 0n : BigInt(`0x${row.sequence}`);
  }

  return {
    load(): StoredProtocol {
      const epoch = statements.epoch.get(config) as { epoch: number; wish: number } | undefined;
      const kinds = {
        observation: highest("observation"),
        proposal: highest("proposal"),
        prepare: highest("prepare"),
        signature: highest("signature"),
      };
      const [lastFinal] = this.recentFinals(1);
      return {
        epoch: epoch === undefined ? undefined : { epoch: epoch.epoch, wish: epoch.wish },
        highest: kinds,
        lastFinal,
      };
    },
    commit({ bindings, epoch, finals }) {
      transaction(database, () => {
        bindings.forEach(bind);
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
    recentFinals(limit): readonly FinalReport[] {
      const rows = statements.finals.all(config, limit) as unknown as { bytes: Uint8Array }[];
      return rows.map((row) => decode(row.bytes));
    },
    flush() {
      transaction(database, writeReceived);
    },
  };
}

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
      "INSERT OR IGNORE INTO received (config, sequence, sender, kind, bytes) VALUES (?, ?, ?, ?, ?)",
    ),
  };
}

/** Forgets what lies more than RETAINED_ROUNDS finals back. */
function prune(database: DatabaseSync, config: string): void {
  const oldest = database.prepare(
    "SELECT sequence FROM final WHERE config = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?",
  );
  const row = oldest.get(config, RETAINED_ROUNDS) as { sequence: string } | undefined;
  if (row === undefined) return;
  for (const table of ["binding", "final", "received", "transmission"]) {
    database.prepare(`DELETE FROM ${table} WHERE config = ? AND sequence < ?`).run(config, row.sequence);
  }
}

import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type StorageError =
  | { readonly code: "storage-unusable"; readonly file: string }
  | { readonly code: "storage-version"; readonly version: number };

/** Raised with every change of the tables below. */
const SCHEMA_VERSION = 1;

// Sequences are kept as 16 hexadecimal digits: a uint64 does not fit SQLite's signed integers, and the order is the same.
const SCHEMA = `
  CREATE TABLE binding (config TEXT, kind TEXT, sequence TEXT, bytes BLOB NOT NULL, PRIMARY KEY (config, kind, sequence)) WITHOUT ROWID;
  CREATE TABLE epoch (config TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wish INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE final (config TEXT, sequence TEXT, digest TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (config, sequence)) WITHOUT ROWID;
  CREATE TABLE received (config TEXT, sequence TEXT, sender INTEGER, kind TEXT, bytes BLOB, PRIMARY KEY (config, sequence, sender, kind, bytes)) WITHOUT ROWID;
  CREATE TABLE transmission (config TEXT, sequence TEXT, state TEXT NOT NULL, due_at INTEGER NOT NULL, tx_hash TEXT, PRIMARY KEY (config, sequence)) WITHOUT ROWID;
`;

/** Opens or creates a node's database: write-ahead log, and every commit on disk before it returns. */
export function openDatabase(file: string): DatabaseSync {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;");
    migrate(database);
    return database;
  } catch (cause) {
    if (cause instanceof QuorateError) throw cause;
    const message = `the database ${file} cannot be opened: check that the data directory is writable and used by this node alone`;
    throw new QuorateError<StorageError>({ code: "storage-unusable", file }, message, { cause });
  }
}

/** Runs `work` in one transaction: all of it is on disk afterwards, or none. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A failed COMMIT may have rolled back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** A sequence as it is stored: 16 hexadecimal digits. */
export function sequenceKey(sequence: bigint): string {
  return sequence.toString(16).padStart(16, "0");
}

function migrate(database: DatabaseSync): void {
  const row = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (row.user_version === SCHEMA_VERSION) return;
  if (row.user_version !== 0) {
    const message = `the database has version ${row.user_version}, this program writes ${SCHEMA_VERSION}: run the release that wrote it, or start with an empty data directory`;
    throw new QuorateError<StorageError>({ code: "storage-version", version: row.user_version }, message);
  }
  transaction(database, () => {
    database.exec(SCHEMA);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

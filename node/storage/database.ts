import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type StorageError =
  | { readonly code: "storage-unusable"; readonly file: string }
  | { readonly code: "storage-version"; readonly version: number };

// Sequences are kept as 16 hexadecimal digits: a uint64 does not fit SQLite's signed integers, and the order is the same.
const VERSION_1 = `
  CREATE TABLE binding (config TEXT, kind TEXT, sequence TEXT, bytes BLOB NOT NULL, PRIMARY KEY (config, kind, sequence)) WITHOUT ROWID;
  CREATE TABLE epoch (config TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wish INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE final (config TEXT, sequence TEXT, digest TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (config, sequence)) WITHOUT ROWID;
  CREATE TABLE received (config TEXT, sequence TEXT, sender INTEGER, kind TEXT, bytes BLOB, PRIMARY KEY (config, sequence, sender, kind, bytes)) WITHOUT ROWID;
  CREATE TABLE transmission (config TEXT, sequence TEXT, state TEXT NOT NULL, due_at INTEGER NOT NULL, tx_hash TEXT, PRIMARY KEY (config, sequence)) WITHOUT ROWID;
`;

// A node that wrote version 1 remembers what it signed: it may bind itself in every epoch. `id` keeps the order of arrival.
// Final reports have rowids now: without, each took a page of its own beside its place in the tree.
// `born` is the registry's highest index of a configuration when this database first heard of it.
const VERSION_2 = `
  DROP TABLE received;
  ALTER TABLE final RENAME TO final_1;
  CREATE TABLE final (config TEXT, sequence TEXT, digest TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (config, sequence));
  INSERT INTO final (config, sequence, digest, bytes) SELECT config, sequence, digest, bytes FROM final_1 ORDER BY config, sequence;
  DROP TABLE final_1;
  ALTER TABLE epoch ADD COLUMN binds_from INTEGER NOT NULL DEFAULT 1;
  CREATE TABLE registry (chain_id INTEGER, address TEXT, born INTEGER NOT NULL, PRIMARY KEY (chain_id, address)) WITHOUT ROWID;
  CREATE TABLE evidence (id INTEGER PRIMARY KEY, config TEXT NOT NULL, sequence TEXT NOT NULL, member INTEGER NOT NULL, kind TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE (config, member, kind, sequence));
  CREATE TABLE sent_transaction (id INTEGER PRIMARY KEY, chain_id INTEGER, account TEXT, nonce INTEGER NOT NULL, hash TEXT NOT NULL, raw TEXT NOT NULL, purpose TEXT NOT NULL, sequence TEXT NOT NULL, state TEXT NOT NULL, block_number INTEGER, UNIQUE (chain_id, account, hash));
  CREATE INDEX sent_transaction_state ON sent_transaction (chain_id, account, state);
`;

/** Where a node keeps its database. */
export function databaseFile(dataDirectory: string): string {
  return path.join(dataDirectory, "quorate.db");
}

/** From each version to the next. A new file takes all of them, so what was released never changes. */
const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2];
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Pages of the write-ahead log after which it is folded into the database: 4 MiB, which takes some
 * hundred rounds. The log is cut back to its limit afterwards, so that one long reader leaves no large file behind.
 */
const CHECKPOINT_PAGES = 1_000;
const LOG_LIMIT_BYTES = 2 * 4_096 * CHECKPOINT_PAGES;
const BUSY_TIMEOUT_MS = 2_000;

// FULL: in write-ahead mode each commit syncs the log before it returns. NORMAL would lose commits in a power cut.
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
  PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES};
`;

/**
 * Opens or creates a node's database: write-ahead log, and every commit on disk before it returns. A database of an older
 * version is taken to this one in one transaction.
 * @throws QuorateError `storage-unusable`, or `storage-version` for a database that a newer release wrote.
 */
export function openDatabase(file: string): DatabaseSync {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    database.exec(PRAGMAS);
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
  if (versionOf(database) === SCHEMA_VERSION) return;
  transaction(database, () => {
    const version = versionOf(database); // Again: another process may have been quicker.
    if (version > SCHEMA_VERSION) throw newerVersion(version);
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

function newerVersion(version: number): QuorateError<StorageError> {
  const message = `the database has version ${version}, this program writes ${SCHEMA_VERSION}: run the release that wrote it, or a newer one`;
  return new QuorateError<StorageError>({ code: "storage-version", version }, message);
}

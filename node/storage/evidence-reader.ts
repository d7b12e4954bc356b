import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { decodeEvidence } from "../../core/codec/evidence.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Equivocation } from "../../core/types/evidence.ts";
import type { Hex } from "../../core/types/hex.ts";
import { SCHEMA_VERSION } from "./database.ts";

export type EvidenceReaderError =
  | { readonly code: "database-missing"; readonly file: string }
  | { readonly code: "database-version"; readonly version: number }
  | { readonly code: "database-unreadable"; readonly file: string };

/** Evidence and the configuration that it is about. */
export interface StoredEvidence {
  readonly configDigest: Hex;
  readonly evidence: Equivocation;
}

interface Row {
  readonly config: Hex;
  readonly bytes: Uint8Array;
}

/** A checkpoint of the running node may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * All evidence in a node's database, oldest first, of every configuration. The node may be running: the file is opened for
 * reading alone.
 * @throws QuorateError<EvidenceReaderError>; `evidence-not-decodable` for damaged rows.
 */
export function readStoredEvidence(file: string): readonly StoredEvidence[] {
  if (!existsSync(file)) {
    const message = `there is no database at ${file}: name the node's configuration with --config, or start the node once`;
    throw new QuorateError<EvidenceReaderError>({ code: "database-missing", file }, message);
  }
  return readRows(file).map(({ config, bytes }) => ({ configDigest: config, evidence: decodeEvidence(bytes) }));
}

function readRows(file: string): readonly Row[] {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    requireVersion(database);
    return database.prepare("SELECT config, bytes FROM evidence ORDER BY id").all() as unknown as Row[];
  } catch (cause) {
    if (cause instanceof QuorateError) throw cause;
    const message = `the database ${file} cannot be read: run this as the user that runs the node`;
    throw new QuorateError<EvidenceReaderError>({ code: "database-unreadable", file }, message, { cause });
  } finally {
    database?.close();
  }
}

function requireVersion(database: DatabaseSync): void {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version === SCHEMA_VERSION) return;
  const mend = version < SCHEMA_VERSION ? "start the node once with this release" : "use the release that wrote it";
  const message = `the database has version ${version}, this program reads ${SCHEMA_VERSION}: ${mend}`;
  throw new QuorateError<EvidenceReaderError>({ code: "database-version", version }, message);
}

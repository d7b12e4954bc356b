import type { DatabaseSync } from "node:sqlite";
import { ByteReader } from "../../core/codec/byte-reader.ts";
import { decodeEvidence, encodeEvidence } from "../../core/codec/evidence.ts";
import { encodeFinal, readFinal } from "../../core/codec/final.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { BindingRecord, ProtocolCommit, ProtocolStore, StoredProtocol } from "../../core/ports/protocol-store.ts";
import type { EpochRecord } from "../../core/types/epoch.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceKey, transaction } from "./database.ts";
import { createRetention } from "./retention.ts";

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

export interface ProtocolStoreDeps {
  readonly database: DatabaseSync;
  /** Told when old rows cannot be pruned: the commit stands all the same. */
  readonly log?: Log | undefined;
}

/** Kept per member, kind and configuration. One convicts; a member could fill the disk with others. */
export const MAX_EVIDENCE_PER_MEMBER = 16;

/**
 * The protocol's memory of one configuration in a node's database. Several may share the database, one per configuration.
 * A commit is one transaction with one sync of the log.
 */
export function createProtocolStore(
  { configDigest: config, lanes }: ProtocolStoreOptions,
  { database, log }: ProtocolStoreDeps,
): ProtocolStore {
  const statements = prepare(database);
  const retention = createRetention(config, { database, log });
  const decode = (bytes: Uint8Array) => readFinal(new ByteReader(bytes), lanes);

  function recentFinals(limit: number): readonly FinalReport[] {
    const rows = statements.finals.all(config, limit) as unknown as { bytes: Uint8Array }[];
    return rows.map((row) => decode(row.bytes));
  }

  return {
    load: () => ({ ...loadRecord(statements, config), lastFinal: recentFinals(1)[0] }),
    commit(commit) {
      transaction(database, () => write(statements, config, commit));
      retention.afterCommit(commit);
    },
    finalOf(sequence) {
      const row = statements.final.get(config, sequenceKey(sequence)) as { bytes: Uint8Array } | undefined;
      return row === undefined ? undefined : decode(row.bytes);
    },
    recentFinals,
    evidence() {
      const rows = statements.evidence.all(config) as unknown as { bytes: Uint8Array }[];
      return rows.map((row) => decodeEvidence(row.bytes));
    },
  };
}

function write(statements: Statements, config: Hex, { bindings, epoch, finals, evidence }: ProtocolCommit): void {
  for (const binding of bindings) bind(statements, config, binding);
  if (epoch !== undefined) statements.putEpoch.run(config, epoch.epoch, epoch.wish, epoch.bindsFrom);
  for (const final of finals)
    statements.putFinal.run(config, sequenceKey(final.report.sequence), final.digest, encodeFinal(final));
  for (const accusation of evidence) {
    const { member, kind } = accusation;
    const bytes = encodeEvidence(accusation);
    const most = MAX_EVIDENCE_PER_MEMBER;
    statements.putEvidence.run({ config, sequence: sequenceKey(accusation.sequence), member, kind, bytes, most });
  }
}

function bind(statements: Statements, config: Hex, { kind, sequence, bytes }: BindingRecord): void {
  const { changes } = statements.bind.run(config, kind, sequenceKey(sequence), bytes);
  if (changes !== 0) return;
  const message = `refusing a second ${kind} for slot ${sequence}: is another process running with the same keys?`;
  throw new QuorateError<DoubleBinding>({ code: "double-binding", kind, sequence }, message);
}

function loadRecord(statements: Statements, config: Hex): Omit<StoredProtocol, "lastFinal"> {
  const epoch = statements.epoch.get(config) as EpochRecord | undefined;
  const highest = (kind: BindingRecord["kind"]): bigint => {
    const { sequence } = statements.highest.get(config, kind) as { sequence: string | null };
    return sequence === null ? 0n : BigInt(`0x${sequence}`);
  };
  return {
    epoch: epoch === undefined ? undefined : { ...epoch },
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
    // Changes one row if the slot was free or holds these very bytes, and none if it holds others.
    bind: database.prepare(
      `INSERT INTO binding (config, kind, sequence, bytes) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE bytes = excluded.bytes`,
    ),
    highest: database.prepare("SELECT max(sequence) AS sequence FROM binding WHERE config = ? AND kind = ?"),
    epoch: database.prepare("SELECT epoch, wish, binds_from AS bindsFrom FROM epoch WHERE config = ?"),
    // Neither goes back, whatever a second process with the same keys may write.
    putEpoch: database.prepare(
      `INSERT INTO epoch (config, epoch, wish, binds_from) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET epoch = max(epoch, excluded.epoch), wish = max(wish, excluded.wish),
         binds_from = excluded.binds_from`,
    ),
    final: database.prepare("SELECT bytes FROM final WHERE config = ? AND sequence = ?"),
    finals: database.prepare("SELECT bytes FROM final WHERE config = ? ORDER BY sequence DESC LIMIT ?"),
    putFinal: database.prepare("INSERT OR IGNORE INTO final (config, sequence, digest, bytes) VALUES (?, ?, ?, ?)"),
    evidence: database.prepare("SELECT bytes FROM evidence WHERE config = ? ORDER BY id"),
    // The first of a member, kind and slot stays.
    putEvidence: database.prepare(
      `INSERT OR IGNORE INTO evidence (config, sequence, member, kind, bytes)
       SELECT :config, :sequence, :member, :kind, :bytes
       WHERE :most > (SELECT count(*) FROM evidence WHERE config = :config AND member = :member AND kind = :kind)`,
    ),
  };
}

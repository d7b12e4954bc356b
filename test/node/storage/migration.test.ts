import assert from "node:assert/strict";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { encodeFinal } from "../../../core/codec/final.ts";
import { openDatabase, SCHEMA_VERSION, sequenceKey } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { createTransmissionStore } from "../../../node/storage/transmission-store.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, FIXTURE_DIGEST, fixtureSequence } from "../../support/protocol-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";

// What the release that wrote version 1 executed, word for word.
const VERSION_1 = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE binding (config TEXT, kind TEXT, sequence TEXT, bytes BLOB NOT NULL, PRIMARY KEY (config, kind, sequence)) WITHOUT ROWID;
  CREATE TABLE epoch (config TEXT PRIMARY KEY, epoch INTEGER NOT NULL, wish INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE final (config TEXT, sequence TEXT, digest TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (config, sequence)) WITHOUT ROWID;
  CREATE TABLE received (config TEXT, sequence TEXT, sender INTEGER, kind TEXT, bytes BLOB, PRIMARY KEY (config, sequence, sender, kind, bytes)) WITHOUT ROWID;
  CREATE TABLE transmission (config TEXT, sequence TEXT, state TEXT NOT NULL, due_at INTEGER NOT NULL, tx_hash TEXT, PRIMARY KEY (config, sequence)) WITHOUT ROWID;
  PRAGMA user_version = 1;
`;

const fixture = await createProtocolFixture();
const [slot, key] = [fixtureSequence(7), sequenceKey(fixtureSequence(7))];
const final = fixture.final(slot);

/** A database as a node of the earlier release left it behind. */
function writeVersion1(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(VERSION_1);
  const insert = (table: string, ...values: (string | number | null | Uint8Array)[]) =>
    database.prepare(`INSERT INTO ${table} VALUES (${values.map(() => "?").join()})`).run(...values);
  insert("binding", FIXTURE_DIGEST, "signature", key, Uint8Array.of(1, 2, 3));
  insert("epoch", FIXTURE_DIGEST, 4, 5);
  insert("final", FIXTURE_DIGEST, key, final.digest, encodeFinal(final));
  insert("received", FIXTURE_DIGEST, key, 2, "prepare", Uint8Array.of(9));
  insert("transmission", FIXTURE_DIGEST, key, "pending", 1_700_000_000_000, null);
  database.close();
}

describe("a database of version 1", () => {
  const folder = scratchFolder();

  it("is taken to this version with all that binds the node, its epoch, finals and pending transmissions", () => {
    const file = path.join(folder, "kept.db");
    writeVersion1(file);
    const database = openDatabase(file);
    const store = createProtocolStore({ configDigest: FIXTURE_DIGEST, lanes: 2 }, { database });
    const { epoch, highest, lastFinal } = store.load();
    assert.deepEqual(epoch, { epoch: 4, wish: 5, bindsFrom: 1 }, "it remembers what it signed: bound by no new rule");
    assert.equal(highest.signature, slot);
    assert.deepEqual(lastFinal, final);
    assert.deepEqual(store.evidence(), []);
    const other = { kind: "signature", sequence: slot, bytes: Uint8Array.of(4) } as const;
    const contradiction = { bindings: [other], epoch: undefined, finals: [], evidence: [] };
    assert.throws(() => store.commit(contradiction), withCode("double-binding"));
    const [pending] = createTransmissionStore({ configDigest: FIXTURE_DIGEST }, { database }).pending();
    assert.equal(pending?.sequence, slot);
    database.close();
  });

  it("has the tables of a new one afterwards", () => {
    const file = path.join(folder, "same.db");
    writeVersion1(file);
    const tables = (name: string) => {
      const database = openDatabase(path.join(folder, name));
      const version = database.prepare("PRAGMA user_version").get();
      const rows = database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY name").all();
      database.close();
      return { version: { ...version }, rows: rows.map((row) => ({ ...row })) };
    };
    const migrated = tables("same.db");
    assert.deepEqual(migrated.version, { user_version: SCHEMA_VERSION });
    assert.deepEqual(migrated, tables("new.db"));
    assert.ok(!migrated.rows.some(({ name }) => name === "received"));
  });

  it("stays as it is if it cannot be taken over whole", () => {
    const file = path.join(folder, "odd.db");
    writeVersion1(file);
    const odd = new DatabaseSync(file);
    odd.exec("CREATE TABLE evidence (something)"); // In the way of the last statement.
    odd.close();
    assert.throws(() => openDatabase(file), withCode("storage-unusable"));
    const database = new DatabaseSync(file);
    assert.equal(database.prepare("PRAGMA user_version").get()?.user_version, 1);
    assert.equal(database.prepare("SELECT count(*) AS rows FROM received").get()?.rows, 1);
    database.close();
  });
});

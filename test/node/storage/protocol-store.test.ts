import assert from "node:assert/strict";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { encodeFinal } from "../../../core/codec/final.ts";
import type { BindingRecord } from "../../../core/ports/protocol-store.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { openDatabase, sequenceKey, transaction } from "../../../node/storage/database.ts";
import { createProtocolStore, RETAINED_ROUNDS } from "../../../node/storage/protocol-store.ts";
import { createTransmissionStore } from "../../../node/storage/transmission-store.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, FIXTURE_DIGEST, fixtureSequence } from "../../support/protocol-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";

const fixture = await createProtocolFixture();
const OTHER_CONFIGURATION: Hex = `0x${"0e".repeat(32)}`;
const NOTHING = { bindings: [], epoch: undefined, finals: [] };

interface BindingChange {
  readonly kind?: BindingRecord["kind"];
  readonly byte?: number;
}

function binding(round: number, { kind = "prepare", byte = 1 }: BindingChange = {}): BindingRecord {
  return { kind, sequence: fixtureSequence(round), bytes: Uint8Array.of(byte, round) };
}

describe("protocol store", () => {
  const folder = scratchFolder();
  let files = 0;
  const newFile = () => path.join(folder, `${files++}.db`);
  const open = (database: DatabaseSync, configDigest: Hex = FIXTURE_DIGEST) =>
    createProtocolStore({ configDigest, lanes: 2 }, { database });

  it("is empty at first", () => {
    const store = open(openDatabase(newFile()));
    const highest = { observation: 0n, proposal: 0n, prepare: 0n, signature: 0n };
    assert.deepEqual(store.load(), { epoch: undefined, highest, lastFinal: undefined });
    assert.equal(store.finalOf(1n), undefined);
  });

  it("gives back after a restart what was committed: bindings per kind, epoch, finals", () => {
    const file = newFile();
    const first = openDatabase(file);
    const finals = [2, 9, 4].map((round) => fixture.final(fixtureSequence(round)));
    const bindings = [binding(7), binding(3), binding(9, { kind: "observation" }), binding(1, { kind: "signature" })];
    open(first).commit({ bindings, epoch: { epoch: 2, wish: 3 }, finals });
    open(first).commit({ ...NOTHING, epoch: { epoch: 3, wish: 3 } });
    first.close();
    const store = open(openDatabase(file));
    const { epoch, highest, lastFinal } = store.load();
    assert.deepEqual(epoch, { epoch: 3, wish: 3 });
    assert.deepEqual(highest, {
      ...{ observation: fixtureSequence(9), proposal: 0n },
      ...{ prepare: fixtureSequence(7), signature: fixtureSequence(1) },
    });
    assert.deepEqual(lastFinal, finals[1]);
    assert.deepEqual(store.finalOf(fixtureSequence(2)), finals[0]);
    assert.deepEqual(store.recentFinals(2), [finals[1], finals[2]]);
  });

  it("refuses a second binding of a kind for a slot, and then keeps nothing of that commit", () => {
    const store = open(openDatabase(newFile()));
    store.commit({ ...NOTHING, bindings: [binding(1)] });
    const contradicting = { ...NOTHING, bindings: [binding(2), binding(1, { byte: 2 })], epoch: { epoch: 9, wish: 9 } };
    assert.throws(() => store.commit(contradicting), withCode("double-binding"));
    assert.equal(store.load().highest.prepare, fixtureSequence(1));
    assert.equal(store.load().epoch, undefined);
  });

  it("takes the same binding again, other kinds of the slot, and other configurations", () => {
    const database = openDatabase(newFile());
    const store = open(database);
    store.commit({ ...NOTHING, bindings: [binding(1)] });
    store.commit({ ...NOTHING, bindings: [binding(1), binding(1, { kind: "signature", byte: 2 })] });
    const other = open(database, OTHER_CONFIGURATION);
    other.commit({ ...NOTHING, bindings: [binding(1, { byte: 2 })] });
    assert.equal(other.load().highest.signature, 0n);
  });

  it("sees what another process with the same keys bound, and refuses to contradict it", () => {
    const file = newFile();
    const [one, other] = [open(openDatabase(file)), open(openDatabase(file))];
    one.commit({ ...NOTHING, bindings: [binding(5)] });
    assert.throws(() => other.commit({ ...NOTHING, bindings: [binding(5, { byte: 2 })] }), withCode("double-binding"));
  });

  it("keeps the first final of a slot", () => {
    const store = open(openDatabase(newFile()));
    const final = fixture.final(fixtureSequence(1));
    const other = { ...final, signatures: final.signatures.toReversed() };
    store.commit({ ...NOTHING, finals: [final] });
    store.commit({ ...NOTHING, finals: [other] });
    assert.deepEqual(store.finalOf(fixtureSequence(1)), final);
  });

  describe("messages received", () => {
    const rows = (database: DatabaseSync) =>
      Number(Object.values(database.prepare("SELECT count(*) FROM received").get() ?? {})[0]);
    const received = (byte: number, sender = 1) => ({ ...binding(1, { byte }), sender });

    it("are written with the next commit, or when flushed", () => {
      const database = openDatabase(newFile());
      const store = open(database);
      store.noteReceived(received(1));
      assert.equal(rows(database), 0);
      store.commit(NOTHING);
      assert.equal(rows(database), 1);
      store.noteReceived(received(1, 2));
      store.flush();
      assert.equal(rows(database), 2);
    });

    it("are kept in two versions at most: more show nothing new, and a member could fill the disk", () => {
      const database = openDatabase(newFile());
      const store = open(database);
      for (let byte = 0; byte < 50; byte++) store.noteReceived(received(byte % 25));
      store.flush();
      assert.equal(rows(database), 2);
    });

    it("are kept in memory up to a bound", () => {
      const database = openDatabase(newFile());
      const store = open(database);
      for (let sender = 0; sender < 5_000; sender++) store.noteReceived(received(1, sender));
      store.flush();
      assert.equal(rows(database), 1_000);
    });
  });

  describe("pruning", () => {
    const database = openDatabase(newFile());
    const store = open(database);
    const sequences = (table: string, kind = "") =>
      database
        .prepare(`SELECT sequence FROM ${table} ${kind && `WHERE kind = '${kind}'`} ORDER BY sequence`)
        .all()
        .map((row) => BigInt(`0x${String(row.sequence)}`));
    const ROUNDS = RETAINED_ROUNDS + 100;
    const final = fixture.final(fixtureSequence(1));

    it("forgets what lies more than RETAINED_ROUNDS finals back, but never the last binding of a kind", () => {
      transaction(database, () => {
        const put = database.prepare("INSERT INTO final VALUES (?, ?, ?, ?)");
        const bind = database.prepare("INSERT INTO binding VALUES (?, 'prepare', ?, x'00')");
        const transmission = database.prepare("INSERT INTO transmission VALUES (?, ?, 'pending', 0, NULL)");
        for (let round = 1; round <= ROUNDS; round++) {
          const key = sequenceKey(fixtureSequence(round));
          put.run(FIXTURE_DIGEST, key, final.digest, round === ROUNDS ? encodeFinal(final) : new Uint8Array(1));
          if (round % 10 === 0) bind.run(FIXTURE_DIGEST, key);
          if (round % 10 === 0) transmission.run(FIXTURE_DIGEST, key);
        }
      });
      store.commit({ ...NOTHING, bindings: [binding(3, { kind: "signature" }), binding(5, { kind: "signature" })] });
      for (let i = 0; i < 500; i++) store.commit(NOTHING);
      assert.equal(sequences("final")[0], fixtureSequence(ROUNDS - RETAINED_ROUNDS));
      assert.equal(sequences("final").length, RETAINED_ROUNDS + 1);
      assert.equal(sequences("binding", "prepare")[0], fixtureSequence(100));
      assert.equal(sequences("transmission")[0], fixtureSequence(100));
      assert.deepEqual(sequences("binding", "signature"), [fixtureSequence(5)], "the last one stays, however old");
      assert.equal(store.load().highest.signature, fixtureSequence(5));
    });
  });
});

describe("transmission store", () => {
  const folder = scratchFolder();

  it("gives back after a restart what is still to be sent, oldest first", () => {
    const file = path.join(folder, "transmissions.db");
    const first = openDatabase(file);
    const before = createTransmissionStore({ configDigest: FIXTURE_DIGEST }, { database: first });
    const txHash: Hex = `0x${"aa".repeat(32)}`;
    before.put({ sequence: 2n ** 63n + 1n, state: "pending", dueAt: 1_700_000_005_000, txHash: undefined });
    before.put({ sequence: 7n, state: "pending", dueAt: 1_700_000_000_000, txHash: undefined });
    before.put({ sequence: 8n, state: "pending", dueAt: 1, txHash: undefined });
    before.put({ sequence: 8n, state: "transmitted", dueAt: 1, txHash });
    createTransmissionStore({ configDigest: OTHER_CONFIGURATION }, { database: first }).put({
      ...{ sequence: 9n, state: "pending", dueAt: 1, txHash: undefined },
    });
    first.close();
    const after = createTransmissionStore({ configDigest: FIXTURE_DIGEST }, { database: openDatabase(file) });
    assert.deepEqual(after.pending(), [
      { sequence: 7n, state: "pending", dueAt: 1_700_000_000_000, txHash: undefined },
      { sequence: 2n ** 63n + 1n, state: "pending", dueAt: 1_700_000_005_000, txHash: undefined },
    ]);
  });
});

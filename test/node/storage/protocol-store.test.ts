import assert from "node:assert/strict";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { hexlify } from "ethers";
import type { BindingRecord } from "../../../core/ports/protocol-store.ts";
import { NOT_YET_KNOWN } from "../../../core/types/epoch.ts";
import type { Equivocation, EquivocationKind } from "../../../core/types/evidence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { openDatabase, sequenceKey, transaction } from "../../../node/storage/database.ts";
import { createProtocolStore, MAX_EVIDENCE_PER_MEMBER } from "../../../node/storage/protocol-store.ts";
import { PRUNE_BATCH, RETAINED_ROUNDS } from "../../../node/storage/retention.ts";
import { createTransmissionStore } from "../../../node/storage/transmission-store.ts";
import { withCode } from "../../support/error-code.ts";
import { createProtocolFixture, FIXTURE_DIGEST, fixtureSequence } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";

const fixture = await createProtocolFixture();
const OTHER_CONFIGURATION: Hex = `0x${"0e".repeat(32)}`;
const NOTHING = { bindings: [], epoch: undefined, finals: [], evidence: [] };

interface BindingChange {
  readonly kind?: BindingRecord["kind"];
  readonly byte?: number;
}

function binding(round: number, { kind = "prepare", byte = 1 }: BindingChange = {}): BindingRecord {
  return { kind, sequence: fixtureSequence(round), bytes: Uint8Array.of(byte, round) };
}

interface EquivocationChange {
  readonly member: number;
  readonly round?: number;
  readonly kind?: EquivocationKind;
  readonly byte?: number;
}

/** Two statements that differ. Their signatures hold nothing: the store does not look at them. */
function equivocation({ member, round = 1, kind = "proposal", byte = 1 }: EquivocationChange): Equivocation {
  const sequence = fixtureSequence(round);
  const accusation = { member, sequence };
  const hex = (value: number, length: number) => hexlify(new Uint8Array(length).fill(value)) as Hex;
  if (kind === "proposal") {
    const header = (value: number) => ({ sequence, observationsHash: hex(value, 32), signature: hex(9, 64) });
    return { kind, ...accusation, first: header(byte), second: header(byte + 1) };
  }
  if (kind === "report") {
    const { report } = fixture.final(sequence);
    const signed = (valuesHash: Hex) => ({ report: { ...report, valuesHash }, signature: hex(9, 64) });
    return { kind, ...accusation, first: signed(hex(byte, 32)), second: signed(hex(byte + 1, 32)) };
  }
  const signed = (value: bigint) => {
    const { observation, signature } = fixture.observation(member, sequence, { mask: 1, values: [value, 0n] });
    return { observation, signature };
  };
  return { kind, ...accusation, first: signed(BigInt(byte)), second: signed(BigInt(byte + 1)) };
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
    open(first).commit({ ...NOTHING, bindings, epoch: { epoch: 2, wish: 3, bindsFrom: 1 }, finals });
    open(first).commit({ ...NOTHING, epoch: { epoch: 3, wish: 3, bindsFrom: NOT_YET_KNOWN } });
    first.close();
    const store = open(openDatabase(file));
    const { epoch, highest, lastFinal } = store.load();
    assert.deepEqual(epoch, { epoch: 3, wish: 3, bindsFrom: NOT_YET_KNOWN });
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
    const contradicting = {
      ...NOTHING,
      bindings: [binding(2), binding(1, { byte: 2 })],
      epoch: { epoch: 9, wish: 9, bindsFrom: 1 },
      finals: [fixture.final(fixtureSequence(1))],
      evidence: [equivocation({ member: 1 })],
    };
    assert.throws(() => store.commit(contradicting), withCode("double-binding"));
    assert.equal(store.load().highest.prepare, fixtureSequence(1));
    const { epoch, lastFinal } = store.load();
    assert.deepEqual([epoch, lastFinal, store.evidence()], [undefined, undefined, []]);
  });

  it("never takes epoch or wish back, whatever a second process writes; the first epoch to bind in is as given", () => {
    const store = open(openDatabase(newFile()));
    store.commit({ ...NOTHING, epoch: { epoch: 5, wish: 7, bindsFrom: NOT_YET_KNOWN } });
    store.commit({ ...NOTHING, epoch: { epoch: 4, wish: 8, bindsFrom: 6 } });
    assert.deepEqual(store.load().epoch, { epoch: 5, wish: 8, bindsFrom: 6 });
    store.commit({ ...NOTHING, epoch: { epoch: 6, wish: 6, bindsFrom: 6 } });
    assert.deepEqual(store.load().epoch, { epoch: 6, wish: 8, bindsFrom: 6 });
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

  describe("evidence", () => {
    it("comes back after a restart as it was found, oldest first", () => {
      const file = newFile();
      const first = openDatabase(file);
      const [later, earlier] = [equivocation({ member: 1, round: 9 }), equivocation({ member: 1, round: 2 })];
      const rest = [
        equivocation({ member: 0, round: 2 }),
        equivocation({ member: 1, round: 2, kind: "report" }),
        equivocation({ member: 1, round: 2, kind: "observation" }),
      ];
      open(first).commit({ ...NOTHING, evidence: [later] });
      open(first).commit({ ...NOTHING, evidence: [earlier, ...rest] });
      first.close();
      assert.deepEqual(open(openDatabase(file)).evidence(), [later, earlier, ...rest]);
    });

    it("is kept once per member, kind and slot: the first that was found", () => {
      const store = open(openDatabase(newFile()));
      const evidence = equivocation({ member: 2 });
      store.commit({ ...NOTHING, evidence: [evidence] });
      store.commit({ ...NOTHING, evidence: [equivocation({ member: 2, byte: 7 })] });
      assert.deepEqual(store.evidence(), [evidence]);
    });

    it("is kept up to a bound per member and kind: a member could fill the disk", () => {
      const store = open(openDatabase(newFile()));
      for (let round = 1; round <= 2 * MAX_EVIDENCE_PER_MEMBER; round++)
        store.commit({ ...NOTHING, evidence: [equivocation({ member: 2, round })] });
      const last = [equivocation({ member: 2, kind: "report" }), equivocation({ member: 3 })];
      store.commit({ ...NOTHING, evidence: last });
      const kept = store.evidence();
      assert.equal(kept.length, MAX_EVIDENCE_PER_MEMBER + 2);
      assert.deepEqual(kept[0], equivocation({ member: 2, round: 1 }));
      assert.deepEqual(kept.slice(-2), last, "other kinds and members have bounds of their own");
    });

    it("of another configuration is kept apart", () => {
      const database = openDatabase(newFile());
      open(database, OTHER_CONFIGURATION).commit({ ...NOTHING, evidence: [equivocation({ member: 1 })] });
      assert.deepEqual(open(database).evidence(), []);
    });
  });

  describe("pruning", () => {
    const EXTRA = 3 * PRUNE_BATCH;
    const final = fixture.final(fixtureSequence(1));

    /** As after RETAINED_ROUNDS + EXTRA rounds under a release that pruned later. */
    function overfull(): DatabaseSync {
      const database = openDatabase(newFile());
      transaction(database, () => {
        const put = database.prepare("INSERT INTO final (config, sequence, digest, bytes) VALUES (?, ?, ?, x'00')");
        const bind = database.prepare("INSERT INTO binding (config, kind, sequence, bytes) VALUES (?, ?, ?, x'00')");
        const transmission = database.prepare(
          "INSERT INTO transmission (config, sequence, state, due_at) VALUES (?, ?, 'pending', 0)",
        );
        for (let round = 1; round <= RETAINED_ROUNDS + EXTRA; round++) {
          const key = sequenceKey(fixtureSequence(round));
          put.run(FIXTURE_DIGEST, key, final.digest);
          bind.run(FIXTURE_DIGEST, "prepare", key);
          if (round % 10 === 0) transmission.run(FIXTURE_DIGEST, key);
        }
        bind.run(FIXTURE_DIGEST, "signature", sequenceKey(fixtureSequence(5)));
        bind.run(OTHER_CONFIGURATION, "prepare", sequenceKey(fixtureSequence(1)));
      });
      return database;
    }

    const sequences = (database: DatabaseSync, table: string, where = "TRUE") =>
      database
        .prepare(`SELECT sequence FROM ${table} WHERE ${where} ORDER BY sequence`)
        .all()
        .map((row) => Number(BigInt(`0x${String(row.sequence)}`) & 0xffffn));

    it("forgets what lies more than RETAINED_ROUNDS finals back, but never the last binding of a kind", () => {
      const database = overfull();
      const store = open(database);
      const finals = () => sequences(database, "final");
      store.commit(NOTHING);
      assert.equal(finals()[0], 1 + PRUNE_BATCH, "a batch at a time: no commit waits for a large deletion");
      for (let i = 0; i < 5; i++) store.commit(NOTHING);
      assert.ok(finals().length >= RETAINED_ROUNDS && finals().length < RETAINED_ROUNDS + PRUNE_BATCH);
      assert.equal(finals().at(-1), RETAINED_ROUNDS + EXTRA);
      assert.deepEqual(
        sequences(database, "binding", "kind = 'prepare' AND config <> '" + OTHER_CONFIGURATION + "'"),
        finals(),
      );
      assert.ok(sequences(database, "transmission")[0]! >= finals()[0]!);
      assert.deepEqual(sequences(database, "binding", "kind = 'signature'"), [5], "the last one stays, however old");
      assert.deepEqual(sequences(database, "binding", `config = '${OTHER_CONFIGURATION}'`), [1]);
    });

    it("that fails undoes nothing: the commit stands, the operator reads of it once, and it is tried again", () => {
      const database = overfull();
      database.exec("CREATE TRIGGER full BEFORE DELETE ON final BEGIN SELECT RAISE(ABORT, 'disk full'); END");
      const log = createRecordingLog();
      const store = createProtocolStore({ configDigest: FIXTURE_DIGEST, lanes: 2 }, { database, log });
      const last = RETAINED_ROUNDS + EXTRA;
      for (const round of [last + 1, last + 2]) {
        store.commit({ ...NOTHING, bindings: [binding(round)] });
        assert.equal(sequences(database, "binding", "kind = 'prepare'").at(-1), round);
      }
      assert.deepEqual(
        log.lines.map(({ level, message }) => [level, message.includes("cannot be pruned")]),
        [["warn", true]],
      );
      database.exec("DROP TRIGGER full");
      store.commit(NOTHING);
      assert.equal(sequences(database, "final")[0], 1 + PRUNE_BATCH);
    });

    it("counts what is committed, so that bindings are bounded even while no report becomes final", () => {
      const database = openDatabase(newFile());
      const store = open(database);
      const bindings = Array.from({ length: RETAINED_ROUNDS + PRUNE_BATCH }, (_, i) => binding(i + 1));
      store.commit({ ...NOTHING, bindings: bindings.slice(0, -1) });
      assert.equal(sequences(database, "binding").length, RETAINED_ROUNDS + PRUNE_BATCH - 1);
      store.commit({ ...NOTHING, bindings: bindings.slice(-1) });
      assert.equal(sequences(database, "binding").length, RETAINED_ROUNDS);
      assert.equal(store.load().highest.prepare, bindings.at(-1)?.sequence);
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

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { openDatabase, sequenceKey, transaction } from "../../../node/storage/database.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe("database", () => {
  const folder = scratchFolder();
  let files = 0;
  const newFile = () => path.join(folder, `new/${files++}/quorate.db`);

  it("is created with its folder, writes ahead, and puts every commit on disk before it returns", () => {
    const database = openDatabase(newFile());
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    assert.equal(pragma("journal_mode"), "wal");
    assert.equal(pragma("synchronous"), 2, "FULL");
    database.close();
  });

  it("is opened again with what it holds", () => {
    const file = newFile();
    const first = openDatabase(file);
    first.exec("INSERT INTO epoch VALUES ('0x01', 3, 4, 2)");
    first.close();
    const second = openDatabase(file);
    assert.deepEqual(
      { ...second.prepare("SELECT epoch, wish, binds_from FROM epoch").get() },
      { epoch: 3, wish: 4, binds_from: 2 },
    );
    second.close();
  });

  it("is refused if a newer release wrote it", () => {
    const file = newFile();
    const database = openDatabase(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
    assert.throws(() => openDatabase(file), withCode("storage-version"));
  });

  it("is refused where no database can be", () => {
    const noise = path.join(folder, "noise.db");
    writeFileSync(noise, "this is no database, but long enough to look like one from afar ".repeat(20));
    assert.throws(() => openDatabase(noise), withCode("storage-unusable"));
    mkdirSync(path.join(folder, "folder.db"));
    assert.throws(() => openDatabase(path.join(folder, "folder.db")), withCode("storage-unusable"));
    assert.throws(() => openDatabase(path.join(noise, "below.db")), withCode("storage-unusable"));
  });

  it("keeps all of a transaction or nothing", () => {
    const database = openDatabase(newFile());
    const count = () => Object.values(database.prepare("SELECT count(*) FROM epoch").get() ?? {})[0];
    assert.throws(() =>
      transaction(database, () => {
        database.exec("INSERT INTO epoch VALUES ('0x01', 1, 1, 1)");
        throw new Error("in the middle");
      }),
    );
    assert.equal(count(), 0);
    transaction(database, () => database.exec("INSERT INTO epoch VALUES ('0x01', 1, 1, 1)"));
    assert.equal(count(), 1);
    database.close();
  });

  it("orders sequences as numbers, up to a whole uint64", () => {
    const sequences = [0n, 1n, 255n, 2n ** 63n, 2n ** 64n - 1n];
    const keys = sequences.map(sequenceKey);
    assert.deepEqual(keys.toSorted(), keys);
    assert.deepEqual(
      keys.map((key) => BigInt(`0x${key}`)),
      sequences,
    );
  });
});

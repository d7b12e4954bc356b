import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { openDatabase, SCHEMA_VERSION } from "../../../node/storage/database.ts";
import { readStoredEvidence } from "../../../node/storage/evidence-reader.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { withCode } from "../../support/error-code.ts";
import { createEvidenceFixture } from "../../support/evidence-fixture.ts";
import { scratchFolder } from "../../support/scratch.ts";

const fixture = await createEvidenceFixture();
const OTHER: Hex = `0x${"0e".repeat(32)}`;

describe("evidence in a node's database", () => {
  const folder = scratchFolder();
  let files = 0;
  const nextFile = () => path.join(folder, `${++files}`, "quorate.db");
  const commit = (evidence: readonly Equivocation[]) => ({ bindings: [], epoch: undefined, finals: [], evidence });

  it("is read while the node writes, of all configurations, oldest first; and after it has ended", () => {
    const file = nextFile();
    const database = openDatabase(file);
    const storeOf = (configDigest: Hex) => createProtocolStore({ configDigest, lanes: 2 }, { database });
    const [first, second, third] = [fixture.proposals(1), fixture.observations(3), fixture.reports(2)];
    storeOf(fixture.configDigest).commit(commit([first]));
    storeOf(OTHER).commit(commit([second]));
    const expected = [
      { configDigest: fixture.configDigest, evidence: first },
      { configDigest: OTHER, evidence: second },
    ];
    assert.deepEqual(readStoredEvidence(file), expected);
    storeOf(fixture.configDigest).commit(commit([third]));
    const all = [...expected, { configDigest: fixture.configDigest, evidence: third }];
    assert.deepEqual(readStoredEvidence(file), all);
    database.close();
    assert.deepEqual(readStoredEvidence(file), all);
  });

  it("is none in a fresh one", () => {
    const file = nextFile();
    openDatabase(file).close();
    assert.deepEqual(readStoredEvidence(file), []);
  });

  it("says what to do where there is no database, and makes none", () => {
    const file = nextFile();
    assert.throws(() => readStoredEvidence(file), withCode("database-missing"));
    mkdirSync(path.dirname(file));
    assert.throws(() => readStoredEvidence(file), withCode("database-missing"));
    assert.deepEqual(readdirSync(path.dirname(file)), []);
  });

  for (const version of [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1]) {
    it(`refuses a database of version ${version}`, () => {
      const file = nextFile();
      const database = openDatabase(file);
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
      assert.throws(() => readStoredEvidence(file), withCode("database-version"));
    });
  }

  it("refuses what is no database, and damaged rows", () => {
    const text = nextFile();
    mkdirSync(path.dirname(text));
    writeFileSync(text, "no database at all, but long enough to be looked at as one".repeat(40));
    assert.throws(() => readStoredEvidence(text), withCode("database-unreadable"));

    const file = nextFile();
    const database = openDatabase(file);
    createProtocolStore({ configDigest: OTHER, lanes: 2 }, { database }).commit(commit([fixture.proposals(1)]));
    database.exec("UPDATE evidence SET bytes = x'0100'");
    database.close();
    assert.throws(() => readStoredEvidence(file), withCode("evidence-not-decodable"));
  });
});

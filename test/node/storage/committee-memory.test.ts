import assert from "node:assert/strict";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { memoryOf } from "../../../core/consensus/memory.ts";
import type { CommitteeState } from "../../../core/types/committee.ts";
import { NOT_YET_KNOWN } from "../../../core/types/epoch.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { createCommitteeMemory, MAX_KNOWN_CONFIGURATIONS } from "../../../node/storage/committee-memory.ts";
import { openDatabase, sequenceKey } from "../../../node/storage/database.ts";
import { createProtocolStore } from "../../../node/storage/protocol-store.ts";
import { scratchFolder } from "../../support/scratch.ts";

const REGISTRY: Hex = `0x${"aa".repeat(20)}`;
const FRESH = { epoch: 1, wish: 1, bindsFrom: 1 };
const digestOf = (index: number): Hex => `0x${index.toString(16).padStart(2, "0").repeat(32)}`;
const lastOf = (configIndex: number) => sequenceOf({ configIndex, epoch: 1, round: 3 });

/** What the registry says: the state of each configuration, and the index of the one that reported last; 0 for none. */
function word(states: Readonly<Record<number, CommitteeState>>, reported: number) {
  const statuses = Object.entries(states).map(([key, state]) => {
    const index = Number(key);
    return { digest: digestOf(index), index, state, validUntil: 0 };
  });
  return { statuses, lastSequence: reported === 0 ? 0n : lastOf(reported) };
}

function open(database: DatabaseSync, registry = REGISTRY) {
  const memory = createCommitteeMemory({ chainId: 1, registry }, { database });
  const storeOf = (index: number) => createProtocolStore({ configDigest: digestOf(index), lanes: 2 }, { database });
  const epochOf = (index: number) => storeOf(index).load().epoch;
  /** As a start of this node's part does. */
  const startIn = (index: number, reported: number) => {
    const chain = { configIndex: index, lastSequence: lastOf(reported), neverTookPart: memory.isOlderThan(index) };
    return memoryOf(storeOf(index).load(), chain).epoch;
  };
  return { memory, storeOf, epochOf, startIn };
}

describe("memory of committees", () => {
  const folder = scratchFolder();

  it("knows a configuration that it heard of before the first report, however late its part starts", () => {
    const { memory, startIn } = open(openDatabase(":memory:"));
    memory.hear(word({ 4: "active" }, 4)); // A database that begins here, beside a committee in force.
    assert.equal(startIn(4, 4).bindsFrom, NOT_YET_KNOWN);
    const { memory: first, startIn: startFirst } = open(openDatabase(":memory:"));
    first.hear(word({ 4: "active", 5: "staged" }, 3));
    assert.deepEqual([startFirst(4, 4), startFirst(5, 5)], [FRESH, FRESH]);
  });

  it("notes nothing of what may have bound this node: reported, retired, revoked", () => {
    const { memory, epochOf } = open(openDatabase(":memory:"));
    memory.hear(word({ 1: "active" }, 1));
    memory.hear(word({ 2: "retired", 3: "revoked", 4: "active" }, 4));
    assert.deepEqual(
      [1, 2, 3, 4].map((index) => epochOf(index)),
      [undefined, undefined, undefined, undefined],
    );
  });

  it("leaves alone what is stored", () => {
    const { memory, storeOf, epochOf } = open(openDatabase(":memory:"));
    const epoch = { epoch: 3, wish: 4, bindsFrom: NOT_YET_KNOWN };
    storeOf(2).commit({ bindings: [], finals: [], evidence: [], epoch });
    memory.hear(word({ 2: "active" }, 1)); // As after a reorganisation that took the first report.
    assert.deepEqual(epochOf(2), epoch);
  });

  it("is older than what was activated while the node was down, over restarts; of others it is not sure", () => {
    const file = path.join(folder, "born.db");
    const first = openDatabase(file);
    const before = open(first);
    assert.equal(before.memory.isOlderThan(9), false, "nothing was heard yet");
    before.memory.hear(word({ 1: "retired", 2: "active" }, 2));
    first.close();
    const database = openDatabase(file);
    const { memory, startIn } = open(database);
    memory.hear(word({ 2: "retired", 3: "active" }, 3));
    assert.deepEqual(startIn(3, 3), FRESH, "it reported before this node heard of it");
    assert.equal(startIn(2, 2).bindsFrom, NOT_YET_KNOWN);
    assert.equal(open(database, `0x${"bb".repeat(20)}`).memory.isOlderThan(3), false, "another registry counts anew");
    database.close();
  });

  it("begins with the newest configuration that reported where none is in force", () => {
    const { memory } = open(openDatabase(":memory:"));
    memory.hear(word({}, 5));
    assert.deepEqual([memory.isOlderThan(5), memory.isOlderThan(6)], [false, true]);
  });

  it("names the configurations of earlier runs, boundedly, those with the newest reports first", () => {
    const database = openDatabase(":memory:");
    const { memory } = open(database);
    const put = database.prepare("INSERT INTO final (config, sequence, digest, bytes) VALUES (?, ?, '0x', x'00')");
    for (let index = 1; index <= MAX_KNOWN_CONFIGURATIONS + 4; index++) {
      memory.hear(word({ [index]: "active" }, index - 1));
      if (index !== 3) put.run(digestOf(index), sequenceKey(lastOf(index)));
    }
    const expected = Array.from({ length: MAX_KNOWN_CONFIGURATIONS }, (_, i) => digestOf(20 - i));
    assert.deepEqual(memory.known(), expected);
  });
});

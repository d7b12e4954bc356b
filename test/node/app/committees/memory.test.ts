import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NOT_YET_KNOWN } from "../../../../core/types/epoch.ts";
import type { Committees } from "../../../../core/ports/chain.ts";
import { sequenceOf } from "../../../../core/types/sequence.ts";
import { createCommittees } from "../../../../node/app/committees.ts";
import { startingRecord } from "../../../../node/app/committee-rounds.ts";
import { createConfigReads } from "../../../../node/app/config-reads.ts";
import { createLifecycle } from "../../../../node/app/lifecycle.ts";
import type { Platform } from "../../../../node/app/platform.ts";
import type { SharedParts } from "../../../../node/app/shared-parts.ts";
import { createCommitteeMemory } from "../../../../node/storage/committee-memory.ts";
import { openDatabase } from "../../../../node/storage/database.ts";
import { createProtocolStore } from "../../../../node/storage/protocol-store.ts";
import { createManualClock, settled } from "../../../support/manual-clock.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { createRecordingMeter } from "../../sandbox/support/recording-meter.ts";
import { committee, fakeNode, onChain } from "./fixtures.ts";

const FIRST = onChain([committee(1, "active")]);
const HANDING_OVER = onChain([committee(2, "active"), committee(1, "retired")]);

/** A node's committees over a real database; no configuration can be read, as from an endpoint that fails. */
function committeesOn(database = openDatabase(":memory:")) {
  const [clock, log, meter] = [createManualClock(), createRecordingLog(), createRecordingMeter()];
  const platform = {
    ...{ clock, log, meter, lifecycle: createLifecycle({ log }) },
    configReads: createConfigReads({}, { clock, log, meter }),
  } as unknown as Platform;
  const memory = createCommitteeMemory({ chainId: 1, registry: "0xaa" }, { database });
  const shared = { memory, identity: { member: { signer: "0xbb" } } } as unknown as SharedParts;
  const supervisor = createCommittees(platform, shared);
  /** What its part in this committee starts with, when the hub's newest report is of this very committee. */
  const startIn = (configIndex: number) => {
    const { digest } = committee(configIndex, "active");
    const store = createProtocolStore({ configDigest: digest, lanes: 2 }, { database });
    const lastSequence = sequenceOf({ configIndex, epoch: 2, round: 1 });
    return startingRecord({ memory, store }, { configIndex, lastSequence }).epoch;
  };
  return { supervisor, startIn };
}

describe("committees of which this node may have a memory", () => {
  it("are not taken for forgotten where this node heard of them before their first report", async () => {
    const { supervisor, startIn } = committeesOn();
    supervisor.onCommittees(HANDING_OVER);
    assert.deepEqual(startIn(2), { epoch: 2, wish: 2, bindsFrom: 1 }, "late, and healthy");
    assert.equal(startIn(1).bindsFrom, NOT_YET_KNOWN);
    await supervisor.stop();
  });

  it("are not taken for forgotten where they are younger than the database", async () => {
    const { supervisor, startIn } = committeesOn();
    supervisor.onCommittees(FIRST);
    assert.deepEqual(startIn(2), { epoch: 2, wish: 2, bindsFrom: 1 }, "never heard of: it was down meanwhile");
    assert.equal(startIn(1).bindsFrom, NOT_YET_KNOWN);
    await supervisor.stop();
  });

  it("are remembered before anything starts in them, at each word of the chain", async () => {
    const heard: Committees[] = [];
    const startedAfter: number[] = [];
    const node = fakeNode({
      remember: (committees) => void heard.push(committees),
      onStart: () => void startedAfter.push(heard.length),
    });
    node.supervisor.onCommittees(FIRST);
    await settled();
    node.supervisor.onCommittees(HANDING_OVER);
    await settled();
    assert.deepEqual(heard, [FIRST, HANDING_OVER]);
    assert.deepEqual(startedAfter, [1, 2]);
  });

  it("that cannot be remembered are followed all the same: a revocation does not wait for a disk", async () => {
    const node = fakeNode({
      remember() {
        throw new Error("disk full");
      },
    });
    node.supervisor.onCommittees(FIRST);
    await settled();
    node.supervisor.onCommittees(onChain([committee(1, "revoked")]));
    assert.deepEqual(node.acts, ["start 1", "abandon 1"]);
    assert.ok(node.log.lines.some(({ level, message }) => level === "error" && message.includes("cannot be stored")));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id } from "ethers";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { KillLeader } from "../../../scripts/devnet/faults/kill-leader.ts";
import type { RoundRecord } from "../../../scripts/devnet/ledger.ts";
import type { NodeProcess } from "../../../scripts/devnet/nodes/node-process.ts";

const CONFIG_DIGEST = id("configuration") as Hex;
const LEADER = leaderOf(1, { n: 4, configDigest: CONFIG_DIGEST });
const FOLLOWER = (LEADER + 1) % 4;
const sequence = (round: number) => sequenceOf({ configIndex: 1, epoch: 1, round });

/** Nodes that note what is done to them, and a sleep that ends when the test says so. */
function stage() {
  const deeds: string[] = [];
  const { promise: slept, resolve: wake } = Promise.withResolvers<undefined>();
  const nodes = Array.from({ length: 4 }, (_, member) => ({
    pid: 100 + member,
    kill: () => {
      deeds.push(`kill ${member}`);
      return Promise.resolve();
    },
    start() {
      deeds.push(`restart ${member}`);
      this.pid += 100;
    },
  }));
  const ledger = { rounds: [] as RoundRecord[] };
  const transmit = (round: number) =>
    ledger.rounds.push({ transmission: { sequence: sequence(round) } } as unknown as RoundRecord);
  const fault = new KillLeader(
    { configDigest: CONFIG_DIGEST, nodes: nodes as unknown as NodeProcess[] },
    { sleep: () => slept, ledger },
  );
  const tell = (member: number, name: string, round: number) =>
    fault.onEvent(member, {
      type: "stage",
      at: 0,
      sequence: String(sequence(round)),
      stage: name,
    });
  /** Two rounds that end well. */
  const warmUp = () => [1, 2].forEach((round) => tell(FOLLOWER, "final", round));
  const restart = async () => {
    wake(undefined);
    await new Promise(setImmediate);
  };
  return { fault, deeds, tell, warmUp, restart, transmit };
}

describe("KillLeader", () => {
  it("kills the leader as soon as it signed, once", () => {
    const { fault, deeds, tell, warmUp } = stage();
    warmUp();
    tell(LEADER, "signed", 3);
    tell(LEADER, "signed", 4);
    assert.deepEqual(deeds, [`kill ${LEADER}`]);
    assert.deepEqual(fault.record.killedLeader, {
      ...{ member: LEADER, sequence: sequence(3), killedPid: 100 + LEADER },
      ...{ restartedPid: undefined, rejoinedAt: undefined },
    });
    assert.equal(fault.finished, false);
  });

  it("spares followers, other stages, and the first two rounds", () => {
    const { deeds, tell, warmUp } = stage();
    tell(LEADER, "signed", 1);
    warmUp();
    tell(FOLLOWER, "signed", 3);
    tell(LEADER, "prepared", 3);
    assert.deepEqual(deeds, []);
  });

  it("counts rounds, not the nodes that tell of them", () => {
    const { deeds, tell } = stage();
    for (const member of [0, 1, 2, 3]) tell(member, "final", 1);
    tell(LEADER, "signed", 2);
    assert.deepEqual(deeds, []);
  });

  it("starts it again and notes the first later slot that it signs", async () => {
    const { fault, deeds, tell, warmUp, restart, transmit } = stage();
    warmUp();
    tell(LEADER, "signed", 3);
    assert.deepEqual(fault.plightOf(LEADER), { word: "killed", down: true });
    assert.equal(fault.plightOf(FOLLOWER), undefined);
    await restart();
    assert.deepEqual(deeds, [`kill ${LEADER}`, `restart ${LEADER}`]);
    tell(LEADER, "signed", 3);
    tell(FOLLOWER, "signed", 4);
    assert.equal(fault.finished, false);
    tell(LEADER, "signed", 5);
    tell(LEADER, "signed", 6);
    assert.equal(fault.plightOf(LEADER), undefined);
    transmit(4);
    assert.equal(fault.finished, false, "no report of its time with the others is on the chain");
    transmit(5);
    assert.equal(fault.finished, true);
    assert.deepEqual(fault.lines, [
      `leader node-${LEADER + 1} killed after it signed 1.3`,
      `node-${LEADER + 1} rejoined in 1.5`,
    ]);
    assert.deepEqual(
      [fault.record.killedLeader?.restartedPid, fault.record.killedLeader?.rejoinedAt],
      [200 + LEADER, sequence(5)],
    );
  });

  it("does not take a late word of the killed process for a return", () => {
    const { fault, tell, warmUp } = stage();
    warmUp();
    tell(LEADER, "signed", 3);
    tell(LEADER, "signed", 4);
    assert.equal(fault.record.killedLeader?.rejoinedAt, undefined);
  });
});

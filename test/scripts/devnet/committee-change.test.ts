import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startCommitteeChange } from "../../../scripts/devnet/committee-change.ts";
import type { DevCommittee } from "../../../scripts/devnet/committee.ts";
import type { DevNetwork } from "../../../scripts/devnet/network.ts";
import { stage, untilFinished } from "./support/stage.ts";

const HEARTBEAT = 30;

interface Faults {
  /** A node that goes on serving whatever it served first. */
  readonly stubborn?: number;
  /** A node that is gone when the last committee runs. */
  readonly gone?: number;
  /** Rounds go on after the revocation. */
  readonly deaf?: boolean;
  /** A transmitter sends something after the revocation. */
  readonly sends?: boolean;
  /** Milliseconds without rounds after the first activation. */
  readonly gapMs?: number;
}

/** Seven nodes that do what the registry says, but for the faults. */
async function change({ stubborn, gone, deaf = false, sends = false, gapMs = 0 }: Faults = {}) {
  const committees: DevCommittee[] = [];
  let [revoked, activatedAt, looks] = [false, -Infinity, 0];
  const servedBy = (node: object): string[] => {
    const last = committees.at(-1);
    return !revoked && last?.nodes.includes(node as never) === true ? [last.digest] : [];
  };
  const nodes = Array.from({ length: 7 }, (_, i) => {
    const node: { name: string; running: boolean; record: object; admin: { status: () => Promise<object> } } = {
      name: `node-${i + 1}`,
      record: { member: { transmitter: `0x0${i}` } },
      get running() {
        return !(i === gone && committees.length === 3);
      },
      admin: {
        status() {
          const serving = i === stubborn ? [committees[0]!.digest] : servedBy(node);
          return Promise.resolve({ committees: serving.map((digest) => ({ digest, phase: "running" })) });
        },
      },
    };
    return node;
  });
  const activate = (members: readonly number[]) => {
    const index = committees.length + 1;
    const committee = {
      digest: `0x0${index}`,
      configuration: { index },
      nodes: members.map((member) => nodes[member]),
    };
    committees.push(committee as unknown as DevCommittee);
    if (index === 2) activatedAt = deps.now();
    return Promise.resolve(committee as unknown as DevCommittee);
  };
  const network = {
    ...{
      nodes,
      committees,
      activate,
      configuration: { feeds: Array.from({ length: 8 }, () => ({ heartbeat: HEARTBEAT })) },
    },
    revoke() {
      revoked = true;
      return Promise.resolve();
    },
    provider: {
      getBlock: () => Promise.resolve({ timestamp: deps.now() / 1000 }),
      getTransactionCount: () => Promise.resolve(sends ? looks++ : 0),
    },
  } as unknown as DevNetwork;
  const { deps, finished } = stage(network, (now) => {
    if ((revoked && !deaf) || now < activatedAt + gapMs) return [];
    return committees.at(-1)!.nodes.map((node) => nodes.indexOf(node as never));
  });
  await activate([0, 1, 2, 3]);
  const episode = startCommitteeChange(deps);
  await untilFinished(episode);
  const checks = await episode.checks(finished());
  return { episode, checks, failed: checks.filter(({ passed }) => !passed).map(({ name }) => name) };
}

describe("the change of committees", () => {
  it("goes from four to seven to four nodes, revokes, and passes a correct network", async () => {
    const { episode, checks, failed } = await change();
    assert.deepEqual(failed, []);
    assert.equal(checks.length, 5);
    assert.deepEqual(episode.lines, [
      "configuration 2 is in force: node-1, node-2, node-3, node-4, node-5, node-6, node-7",
      "configuration 2 reports",
      "configuration 3 is in force: node-2, node-3, node-5, node-6",
      "configuration 3 reports",
      "configuration 3 is revoked",
    ]);
  });

  it("notices a feed that waits longer than its heartbeat", async () => {
    const { failed, checks } = await change({ gapMs: 34_000 });
    assert.deepEqual(failed, ["no feed went longer than its heartbeat without an update"]);
    assert.match(checks[1]?.detail ?? "", /SP500\/USD had no update for (36|40) s/);
  });

  it("notices a node that goes on for a committee that is over", async () => {
    assert.deepEqual((await change({ stubborn: 0 })).failed, ["the committees took over one after the other"]);
  });

  it("notices a node that ended when it was no longer listed", async () => {
    assert.deepEqual((await change({ gone: 6 })).failed, ["nodes that are not listed wait"]);
  });

  it("notices rounds, and transactions, after the revocation", async () => {
    assert.deepEqual((await change({ deaf: true })).failed, ["revoking ends all at once"]);
    assert.deepEqual((await change({ sends: true })).failed, ["revoking ends all at once"]);
  });
});

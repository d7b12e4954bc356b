import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startPartition } from "../../../scripts/devnet/faults/partition.ts";
import type { Links } from "../../../scripts/devnet/links/links.ts";
import type { DevNetwork } from "../../../scripts/devnet/network.ts";
import { stage, untilFinished, type World } from "./support/stage.ts";

const ALL = [0, 1, 2, 3];

/** Four nodes behind links that note what is done to them. `finalAt` sees the groups that the links leave. */
async function partition(
  finalAt: (groups: readonly (readonly number[])[], now: number) => readonly number[],
  holds = true,
) {
  const deeds: string[] = [];
  let groups: readonly (readonly number[])[] = [ALL];
  const links = {
    split: (next: readonly (readonly number[])[]) => {
      groups = next;
      deeds.push(next.map((group) => group.join("")).join("|"));
      return Promise.resolve();
    },
    heal: () => {
      groups = [ALL];
      deeds.push("heal");
      return Promise.resolve();
    },
  } as unknown as Links;
  const nodes = ALL.map(() => ({ admin: { round: () => Promise.resolve(holds ? {} : undefined) } }));
  const world: World = (now) => finalAt(groups, now);
  const network = { links, nodes, configuration: { f: 1 } } as unknown as DevNetwork;
  const { deps, finished } = stage(network, world);
  const episode = startPartition(deps);
  await untilFinished(episode);
  const checks = await episode.checks(finished());
  return {
    deeds,
    episode,
    failed: checks.filter(({ passed }) => !passed).map(({ name }) => name),
    count: checks.length,
  };
}

/** What a correct network does: a quorum in one group has rounds. */
const correct = (groups: readonly (readonly number[])[]) => groups.find((group) => group.length >= 3) ?? [];

describe("the partition", () => {
  it("cuts one off, splits in halves, heals, and passes a correct network", async () => {
    const { deeds, failed, count, episode } = await partition(correct);
    assert.deepEqual(deeds, ["012", "01|23", "heal"]);
    assert.deepEqual([failed, count], [[], 5]);
    assert.deepEqual(episode.lines, [
      "node-4 is cut off",
      "the network is split in halves",
      "the links are mended",
      "node-4 holds what it missed",
    ]);
  });

  it("notices a node that has a final though it is cut off", async () => {
    const leaks = (groups: readonly (readonly number[])[]) => (groups[0]?.length === 3 ? ALL : correct(groups));
    assert.deepEqual((await partition(leaks)).failed, ["rounds go on without a node that is cut off"]);
  });

  it("notices a final in half a network", async () => {
    const forks = (groups: readonly (readonly number[])[]) => (groups.length === 2 ? [0, 1] : correct(groups));
    assert.deepEqual((await partition(forks)).failed, ["no round finishes in half a network"]);
  });

  it("notices a network that needs long to go on", async () => {
    let healedAt = 0;
    const slow = (groups: readonly (readonly number[])[], now: number) => {
      if (groups.length === 2) healedAt = now;
      return groups[0]?.length === 4 && healedAt > 0 && now < healedAt + 40_000 ? [] : correct(groups);
    };
    assert.deepEqual((await partition(slow)).failed, ["rounds go on after healing"]);
  });

  it("notices a node that does not catch up, and a network that does not go on at all", async () => {
    const [name] = (await partition(correct, false)).failed;
    assert.equal(name, "the partition was played to its end");
    const dead = (groups: readonly (readonly number[])[], now: number) => (now > 10_000 ? [] : correct(groups));
    assert.deepEqual((await partition(dead)).failed, ["the partition was played to its end"]);
  });
});

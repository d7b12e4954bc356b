import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface, type JsonRpcProvider, toBeHex } from "ethers";
import { sequenceOf, slotOf } from "../../../core/types/sequence.ts";
import { startChainWatcher } from "../../../node/chain/chain-watcher.ts";
import { feedHubAbi } from "../../../node/chain/generated/abi.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";

const HUB = `0x${"ab".repeat(20)}` as const;
const POLL_MS = 1_000;
const abi = new Interface(feedHubAbi);

/** A chain whose blocks have names; a block named `p5…` holds the proof of report 5. */
function createEndpoint() {
  const endpoint = { blocks: ["a"] as string[], logsFail: false, configIndex: 1 };
  const hashOf = (name: string) => toBeHex(BigInt(`0x${Buffer.from(name).toString("hex")}`), 32);
  const block = (number: number) => ({
    ...{ number, hash: hashOf(endpoint.blocks[number] ?? ""), parentHash: hashOf(endpoint.blocks[number - 1] ?? "-") },
  });
  const logOf = (name: string, blockNumber: number) => ({
    ...abi.encodeEventLog("ReportProven", [
      sequenceOf({ configIndex: endpoint.configIndex, epoch: 1, round: Number(name.slice(1, 2)) }),
      1,
      1,
    ]),
    ...{ address: HUB, transactionHash: `0x${"77".repeat(32)}`, index: 0, blockNumber, blockHash: hashOf(name) },
  });
  const provider = {
    getBlock: (at: number | "latest") => {
      const number = at === "latest" ? endpoint.blocks.length - 1 : at;
      return Promise.resolve(number < endpoint.blocks.length ? block(number) : null);
    },
    getLogs: ({ fromBlock, toBlock }: { fromBlock: number; toBlock: number }) =>
      endpoint.logsFail
        ? Promise.reject(new Error("busy"))
        : Promise.resolve(
            endpoint.blocks.flatMap((name, number) =>
              name.startsWith("p") && number >= fromBlock && number <= toBlock ? [logOf(name, number)] : [],
            ),
          ),
  } as unknown as JsonRpcProvider;
  return { endpoint, provider };
}

function watch() {
  const { endpoint, provider } = createEndpoint();
  const [clock, log] = [createManualClock(), createRecordingLog()];
  const told: string[] = [];
  const watcher = startChainWatcher(
    { hub: HUB, configIndex: 1, pollMs: POLL_MS, lookBack: 64 },
    {
      ...{ provider, clock, log, reader: { feeds: () => Promise.resolve([]) } },
      events: {
        onTransmitted: () => undefined,
        onRecorded: () => undefined,
        onProven: ({ sequence, blockNumber }) => void told.push(`proven ${slotOf(sequence).round} in ${blockNumber}`),
        onFeeds: () => void told.push("feeds"),
        onReorganised: (fromBlock) => void told.push(`replaced from ${fromBlock}`),
      },
    },
  );
  const poll = (times = 1) => clock.advance(times * POLL_MS);
  /** What was told since the last call. */
  const news = () => told.splice(0);
  return { endpoint, clock, log, watcher, poll, news };
}

describe("a watcher whose chain takes another branch", () => {
  it("says so, reads the feeds again, and tells the new branch's events, the same ones again", async () => {
    const { endpoint, poll, news, watcher } = watch();
    endpoint.blocks = ["a", "b", "p5", "c", "d"];
    await poll(2);
    assert.deepEqual(news(), ["feeds", "proven 5 in 2", "feeds"]);
    endpoint.blocks = ["a", "b", "x", "y", "p5x", "p6"];
    await poll(2);
    assert.deepEqual(news(), ["replaced from 1", "proven 5 in 4", "proven 6 in 5", "feeds"]);
    await watcher.stop();
  });

  it("loses nothing when the endpoint fails between the two", async () => {
    const { endpoint, poll, news, watcher } = watch();
    endpoint.blocks = ["a", "b"];
    await poll(2);
    news();
    endpoint.blocks = ["a", "x", "p7"];
    endpoint.logsFail = true;
    await poll(3);
    endpoint.logsFail = false;
    await poll(2);
    assert.deepEqual(news(), ["replaced from 1", "proven 7 in 2", "feeds"]);
    await watcher.stop();
  });

  it("takes a lower head for a delay of the endpoint: nothing is told, and nothing twice", async () => {
    const { endpoint, poll, news, watcher } = watch();
    const blocks = ["a", "b", "p5", "c"];
    endpoint.blocks = blocks;
    await poll(2);
    news();
    endpoint.blocks = blocks.slice(0, 2);
    await poll(20);
    assert.equal(watcher.blockNumber(), 3);
    endpoint.blocks = [...blocks, "d"];
    await poll(2);
    assert.deepEqual([news(), watcher.blockNumber()], [[], 4]);
    await watcher.stop();
  });

  it("takes the chain as it is when its head stays lower", async () => {
    const { endpoint, poll, news, watcher } = watch();
    endpoint.blocks = ["a", "b"];
    await poll();
    endpoint.blocks = ["a", "b", "p5", "c"];
    await poll(2);
    news();
    endpoint.blocks = ["a", "b"];
    await poll(40);
    assert.deepEqual([news(), watcher.blockNumber()], [["replaced from 2", "feeds"], 1]);
    await watcher.stop();
  });

  it("reads the feeds again after another committee's report, and tells nothing of it", async () => {
    const { endpoint, poll, news, watcher } = watch();
    await poll();
    news();
    endpoint.configIndex = 2;
    endpoint.blocks = ["a", "p5"];
    await poll(2);
    assert.deepEqual(news(), ["feeds"]);
    await watcher.stop();
  });
});

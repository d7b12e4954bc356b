import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Interface, type JsonRpcProvider } from "ethers";
import { startChainWatcher } from "../../../node/chain/chain-watcher.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { feedHubAbi } from "../../../node/chain/generated/abi.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";

const SEQUENCE = sequenceOf({ configIndex: 1, epoch: 1, round: 5 });
const HUB = `0x${"ab".repeat(20)}` as const;
const POLL_MS = 1_000;

/** An endpoint that knows block 7 at once, and that block's log only when `late` is over. */
function createEndpoint() {
  const event = new Interface(feedHubAbi).getEvent("ReportProven");
  const encoded = new Interface(feedHubAbi).encodeEventLog(event ?? "", [SEQUENCE, 1, 1]);
  const hash = `0x${"b7".repeat(32)}`;
  const place = { transactionHash: `0x${"77".repeat(32)}`, index: 0, blockNumber: 7, blockHash: hash };
  const log = { ...encoded, ...place, address: HUB };
  const endpoint = { late: true };
  const provider = {
    getBlock: () => Promise.resolve({ number: 7, hash, parentHash: `0x${"b6".repeat(32)}` }),
    getLogs: ({ fromBlock }: { fromBlock: number }) => Promise.resolve(endpoint.late || fromBlock > 7 ? [] : [log]),
  } as unknown as JsonRpcProvider;
  return { endpoint, provider };
}

describe("watcher of an endpoint whose logs come after its block numbers", () => {
  it("tells a late log when it is there, and once", async () => {
    const { endpoint, provider } = createEndpoint();
    const clock = createManualClock();
    const proven: bigint[] = [];
    const watcher = startChainWatcher(
      { hub: HUB, configIndex: 1, pollMs: POLL_MS, lookBack: 0 },
      {
        ...{ provider, clock, log: createRecordingLog(), reader: { feeds: () => Promise.resolve([]) } },
        events: {
          onTransmitted: () => undefined,
          onRecorded: () => undefined,
          onReorganised: () => undefined,
          onProven: ({ sequence }) => void proven.push(sequence),
          onFeeds: () => undefined,
        },
      },
    );
    await clock.advance(2 * POLL_MS);
    assert.deepEqual(proven, []);
    endpoint.late = false;
    await clock.advance(3 * POLL_MS);
    assert.deepEqual(proven, [SEQUENCE]);
    await watcher.stop();
  });
});

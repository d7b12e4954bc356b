import { expect } from "chai";
import type { FeedConsumer, MockFeed } from "../../types/ethers-contracts/index.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { functionsOf, publishedAbi } from "./support/published-abi.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

const NAME = "ETH / USD";
const DECIMALS = 8;
const HISTORY = 3;

/** Everything that a consumer can ask, and what it gets: the answer, or the error's name and arguments. */
async function everyAnswer(consumer: FeedConsumer, network: TestNetwork): Promise<unknown[]> {
  const rounds = [0n, 1n, 2n, 3n, 4n, 2n ** 64n + 1n];
  const reads: Promise<unknown>[] = [
    consumer.decimals(),
    consumer.description(),
    consumer.version(),
    consumer.latestAnswer(),
    consumer.latestTimestamp(),
    consumer.latestRound(),
    consumer.latestRoundData(),
    ...rounds.flatMap((round) => [
      consumer.getRoundData(round),
      consumer.getAnswer(round),
      consumer.getTimestamp(round),
    ]),
  ];
  return Promise.all(
    reads.map((read) =>
      read.then(
        (answer) => (Array.isArray(answer) ? [...(answer as unknown[])] : answer),
        (error: unknown) => {
          const reason = network.hub.interface.parseError((error as { data: string }).data);
          return [reason?.name, ...(reason?.args ?? [])] as unknown[];
        },
      ),
    ),
  );
}

describe("MockFeed", () => {
  let network: TestNetwork;
  let feed: MockFeed;

  beforeEach(async () => {
    network = await createTestNetwork({ historyDepth: HISTORY });
    feed = await network.connection.ethers.deployContract("MockFeed", [feedId(), DECIMALS, NAME]);
  });

  const feedId = () => network.committee.configuration.feeds[1]!.id;

  it("answers every function of the published interface", () => {
    const published = publishedAbi("@chainlink/contracts/abi/v0.8/AggregatorV2V3Interface.json");
    expect(functionsOf(feed.interface)).to.include.members(functionsOf(published));
  });

  it("gives Chainlink's own FeedConsumer what a FeedProxy gives it, before the first round and after each", async () => {
    const { ethers } = network.connection;
    const proxy = await ethers.deployContract("FeedProxy", [network.hub, feedId(), DECIMALS, NAME]);
    const real = await ethers.deployContract("FeedConsumer", [proxy]);
    const mocked = await ethers.deployContract("FeedConsumer", [feed]);
    for (let round = 0; round <= HISTORY; round++) {
      if (round > 0) {
        const signed = await signReport(network, { round });
        await network.hub.transmit(updateOf(signed, 0b10));
        const { value, observedAt, updatedAt } = await network.hub.latest(feedId());
        await feed.setRound(round, value, observedAt, updatedAt);
      }
      expect(await everyAnswer(mocked, network)).to.deep.equal(await everyAnswer(real, network));
    }
  });

  it("takes an answer of this very block as the next round", async () => {
    await feed.setAnswer(-5n);
    await feed.setAnswer(7n);
    const time = BigInt(await network.connection.networkHelpers.time.latest());
    expect([...(await feed.latestRoundData())]).to.deep.equal([2n, 7n, time, time, 2n]);
    expect(await feed.getAnswer(1)).to.equal(-5n);
  });

  it("takes rounds out of order, and refuses those that no feed has", async () => {
    await feed.setRound(9, 1n, 100, 200);
    await feed.setRound(4, 2n, 50, 60);
    expect(await feed.latestRound()).to.equal(9n);
    expect([...(await feed.getRoundData(4))]).to.deep.equal([4n, 2n, 50n, 60n, 4n]);
    for (const [round, time] of [
      [0, 1],
      [1, 0],
    ] as const)
      await expect(feed.setRound(round, 1n, 1, time)).to.be.revertedWithCustomError(feed, "NoSuchRound");
  });
});

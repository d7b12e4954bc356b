import { expect } from "chai";
import { id } from "ethers";
import type { FeedProxy } from "../../types/ethers-contracts/index.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { functionsOf, publishedAbi } from "./support/published-abi.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

describe("FeedProxy", () => {
  let network: TestNetwork;
  let proxy: FeedProxy;

  beforeEach(async () => {
    network = await createTestNetwork();
    const feedId = network.committee.configuration.feeds[1]!.id;
    proxy = await network.connection.ethers.deployContract("FeedProxy", [network.hub, feedId, 8, "ETH / USD"]);
  });

  const update = async (round: number) => {
    const signed = await signReport(network, { round });
    await network.hub.transmit(updateOf(signed, 0b10));
    return signed;
  };

  it("says what it is", async () => {
    expect(await proxy.description()).to.equal("ETH / USD");
    expect([await proxy.decimals(), await proxy.version()]).to.deep.equal([8n, 1n]);
    expect(await proxy.hub()).to.equal(await network.hub.getAddress());
  });

  it("reverts before the first answer", async () => {
    for (const read of [
      () => proxy.latestRoundData(),
      () => proxy.latestAnswer(),
      () => proxy.latestTimestamp(),
      () => proxy.latestRound(),
    ]) {
      await expect(read()).to.be.revertedWithCustomError(network.hub, "NoValue");
    }
    for (const read of [proxy.getRoundData, proxy.getAnswer, proxy.getTimestamp])
      await expect(read(1)).to.be.revertedWithCustomError(network.hub, "NoRound");
  });

  it("answers every function of the published interface, and tells of no event, since it emits none", () => {
    const published = publishedAbi("@chainlink/contracts/abi/v0.8/AggregatorV2V3Interface.json");
    expect(functionsOf(proxy.interface)).to.include.members(functionsOf(published));
    expect(proxy.interface.fragments.filter(({ type }) => type === "event")).to.deep.equal([]);
  });

  it("serves Chainlink's own FeedConsumer, which calls all of them", async () => {
    const consumer = await network.connection.ethers.deployContract("FeedConsumer", [proxy]);
    await update(1);
    const { feeds, report } = await update(2);
    const updatedAt = BigInt(await network.connection.networkHelpers.time.latest());
    const answer = feeds.values[1];
    const round = [2n, answer, BigInt(report.observedAt), updatedAt, 2n];
    expect([...(await consumer.latestRoundData())]).to.deep.equal(round);
    expect([...(await consumer.getRoundData(2))]).to.deep.equal(round);
    expect([await consumer.latestAnswer(), await consumer.getAnswer(2)]).to.deep.equal([answer, answer]);
    expect([await consumer.latestTimestamp(), await consumer.getTimestamp(2)]).to.deep.equal([updatedAt, updatedAt]);
    expect([await consumer.latestRound(), await consumer.decimals(), await consumer.version()]).to.deep.equal([
      2n,
      8n,
      1n,
    ]);
    expect(await consumer.description()).to.equal("ETH / USD");
  });

  it("answers with the newest round, in the new and the old way", async () => {
    await update(1);
    const { feeds, report } = await update(2);
    const updatedAt = BigInt(await network.connection.networkHelpers.time.latest());
    const expected = [2n, feeds.values[1], BigInt(report.observedAt), updatedAt, 2n];
    expect([...(await proxy.latestRoundData())]).to.deep.equal(expected);
    expect([...(await proxy.getRoundData(2))]).to.deep.equal(expected);
    expect(await proxy.latestAnswer()).to.equal(feeds.values[1]);
    expect([await proxy.latestTimestamp(), await proxy.latestRound()]).to.deep.equal([updatedAt, 2n]);
    expect([await proxy.getAnswer(2), await proxy.getTimestamp(2)]).to.deep.equal([feeds.values[1], updatedAt]);
  });

  it("has no other round at a hub without history", async () => {
    await update(1);
    await update(2);
    const feedId = network.committee.configuration.feeds[1]!.id;
    for (const round of [0n, 1n, 3n, 2n ** 64n + 2n]) {
      for (const read of [proxy.getRoundData, proxy.getAnswer, proxy.getTimestamp])
        await expect(read(round)).to.be.revertedWithCustomError(network.hub, "NoRound").withArgs(feedId, round);
    }
    const beyond = 2n ** 80n + 2n;
    await expect(proxy.getAnswer(beyond))
      .to.be.revertedWithCustomError(network.hub, "NoRound")
      .withArgs(feedId, beyond);
  });

  it("has as many earlier rounds as the hub keeps, and no others, prepared or not", async () => {
    const depth = 3;
    for (const prepared of [false, true]) {
      network = await createTestNetwork({ historyDepth: depth });
      const feedId = network.committee.configuration.feeds[1]!.id;
      proxy = await network.connection.ethers.deployContract("FeedProxy", [network.hub, feedId, 8, "ETH / USD"]);
      if (prepared) await network.hub.preallocate([feedId]);
      const expected: unknown[][] = [];
      for (let round = 1; round <= 2 * depth + 2; round++) {
        const { feeds, report } = await update(round);
        const updatedAt = BigInt(await network.connection.networkHelpers.time.latest());
        expected.push([BigInt(round), feeds.values[1], BigInt(report.observedAt), updatedAt, BigInt(round)]);
        const oldest = Math.max(1, round - depth);
        for (let kept = oldest; kept <= round; kept++)
          expect([...(await proxy.getRoundData(kept))]).to.deep.equal(expected[kept - 1]);
        expect(await proxy.getAnswer(oldest)).to.equal(expected[oldest - 1]![1]);
        expect(await proxy.getTimestamp(oldest)).to.equal(expected[oldest - 1]![3]);
        for (const missing of [0, oldest - 1, round + 1, round + depth])
          await expect(proxy.getRoundData(missing)).to.be.revertedWithCustomError(network.hub, "NoRound");
      }
    }
  });

  it("refuses a description that does not fit 31 bytes", async () => {
    const factory = await network.connection.ethers.getContractFactory("FeedProxy");
    const long = "x".repeat(32);
    await expect(factory.deploy(network.hub, id("feed"), 8, long)).to.be.revertedWithCustomError(
      factory,
      "StringTooLong",
    );
  });
});

import { expect } from "chai";
import { id } from "ethers";
import type { FeedProxy } from "../../types/ethers-contracts/index.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
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
    await expect(proxy.getRoundData(1)).to.be.revertedWithCustomError(network.hub, "NoRound");
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
  });

  it("has no other round at a hub without history", async () => {
    await update(1);
    await update(2);
    const feedId = network.committee.configuration.feeds[1]!.id;
    for (const round of [0n, 1n, 3n, 2n ** 64n + 2n]) {
      await expect(proxy.getRoundData(round))
        .to.be.revertedWithCustomError(network.hub, "NoRound")
        .withArgs(feedId, round);
    }
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

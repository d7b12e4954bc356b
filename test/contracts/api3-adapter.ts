import { expect } from "chai";
import type { Api3Consumer } from "../../types/ethers-contracts/index.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

const MIN = -(2n ** 95n);
const MAX = 2n ** 95n - 1n;

describe("Api3Adapter", () => {
  let network: TestNetwork;
  let consumer: Api3Consumer;

  beforeEach(async () => {
    network = await createTestNetwork();
    consumer = await network.connection.ethers.deployContract("Api3Consumer");
  });

  const feedId = () => network.committee.configuration.feeds[0]!.id;
  const deploy = (decimals: number) =>
    network.connection.ethers.deployContract("Api3Adapter", [network.hub, feedId(), decimals]);
  const store = async (round: number, value: bigint) => {
    const feeds = { mask: 1, values: [value, 0n, 0n, 0n, 0n, 0n, 0n, 0n] };
    const signed = await signReport(network, { round, feeds });
    await network.hub.transmit(updateOf(signed, 1));
    return signed;
  };

  it("gives a consumer of the published interface what API3's own mock gives it for the same value", async () => {
    const original = await network.connection.ethers.deployContract("MockApi3ReaderProxy");
    let round = 0;
    for (const decimals of [0, 8, 17, 18]) {
      const adapter = await deploy(decimals);
      for (const value of [1n, -1n, 0n, 123_456_789n, MIN, MAX]) {
        const { report } = await store(++round, value);
        await original.mock(value * 10n ** BigInt(18 - decimals), report.observedAt);
        expect([...(await consumer.price(adapter))]).to.deep.equal([...(await consumer.price(original))]);
      }
    }
  });

  it("reverts before the first value, as the mock does", async () => {
    const adapter = await deploy(8);
    await expect(consumer.price(adapter)).to.be.revertedWithCustomError(network.hub, "NoValue").withArgs(feedId());
  });

  it("says where its answers come from", async () => {
    const adapter = await deploy(8);
    expect([...(await adapter.source())]).to.deep.equal([await network.hub.getAddress(), feedId()]);
  });

  it("is not deployed for more decimals than it can answer with", async () => {
    const factory = await network.connection.ethers.getContractFactory("Api3Adapter");
    await expect(factory.deploy(network.hub, feedId(), 19))
      .to.be.revertedWithCustomError(factory, "TooManyDecimals")
      .withArgs(19, 18);
  });
});

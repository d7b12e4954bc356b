import { expect } from "chai";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";
import { proveWithMock } from "./support/mock-proof.ts";
import type { LendingMarket } from "../../types/ethers-contracts/index.ts";

const MAX_AGE = 60;

describe("LendingMarket", () => {
  let network: TestNetwork;
  let market: LendingMarket;

  beforeEach(async () => {
    network = await createTestNetwork();
    const feedId = network.committee.configuration.feeds[0]!.id;
    market = await network.connection.ethers.deployContract("LendingMarket", [network.hub, feedId, 8, MAX_AGE, 7_500]);
  });

  const update = async (price: bigint, { proven }: { proven: boolean }) => {
    const { lastSequence } = await network.hub.head();
    const feeds = { mask: 1, values: [price, 0n, 0n, 0n, 0n, 0n, 0n, 0n] };
    const signed = await signReport(network, { round: Number(lastSequence & 0xffffn) + 1, feeds });
    await network.hub.transmit(updateOf(signed, 1));
    const { reportIndex } = await network.hub.head();
    if (proven) await proveWithMock(network, { signed, index: Number(reportIndex) });
    return signed;
  };

  it("lends three quarters of what the proven price makes the collateral worth", async () => {
    await update(2_000n * 10n ** 8n, { proven: true });
    expect(await market.price()).to.equal(2_000n * 10n ** 8n);
    expect(await market.maxBorrow(3n * 10n ** 18n)).to.equal(4_500n * 10n ** 18n);
  });

  it("ignores a price that is only signed", async () => {
    await update(2_000n, { proven: false });
    await expect(market.maxBorrow(1)).to.be.revertedWithCustomError(network.hub, "NoProvenValue");
    await update(1_000n, { proven: true });
    await update(3_000n, { proven: false });
    expect(await market.price()).to.equal(1_000n);
  });

  it("refuses a price beyond its age", async () => {
    const { report } = await update(2_000n, { proven: true });
    const { networkHelpers } = network.connection;
    const { time } = networkHelpers;
    await time.increaseTo(report.observedAt + MAX_AGE);
    expect(await market.price()).to.equal(2_000n);
    await time.increaseTo(report.observedAt + MAX_AGE + 1);
    await networkHelpers.mine();
    await expect(market.maxBorrow(1)).to.be.revertedWithCustomError(market, "StalePrice");
  });

  it("refuses a price that is not positive", async () => {
    for (const price of [0n, -5n]) {
      await update(price, { proven: true });
      await expect(market.price()).to.be.revertedWithCustomError(market, "PriceNotPositive").withArgs(price);
    }
  });

  it("cannot lend more than the collateral's worth", async () => {
    const factory = await network.connection.ethers.getContractFactory("LendingMarket");
    const { id } = network.committee.configuration.feeds[0]!;
    await expect(factory.deploy(network.hub, id, 8, MAX_AGE, 10_001)).to.be.revertedWithCustomError(
      factory,
      "ImpossibleRatio",
    );
  });
});

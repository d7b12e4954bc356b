import { expect } from "chai";
import { id } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import type { ConsumerHarness } from "../../types/ethers-contracts/index.ts";
import { claimOfLanes } from "./support/claims.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport } from "./support/signed-report.ts";

const MAX_AGE = 60;

describe("QuorateConsumer", () => {
  let network: TestNetwork;
  let harness: ConsumerHarness;
  let ids: readonly Hex[];

  beforeEach(async () => {
    network = await createTestNetwork();
    ids = network.committee.configuration.feeds.map(({ id }) => id);
    harness = await network.connection.ethers.deployContract("ConsumerHarness", [network.hub]);
  });

  const claimed = async (round: number, lanes: readonly number[] = [0]) => {
    const signed = await signReport(network, { round });
    return { ...signed, claim: claimOfLanes(network, signed, lanes) };
  };
  const kept = async (lane: number) => [...(await harness.lasts(ids[lane]!))];

  for (const way of ["pull", "pullNewer"] as const) {
    describe(way, () => {
      const take = (claim: Hex, { lane = 0, maxAge = MAX_AGE } = {}) => harness[way](ids[lane]!, maxAge, claim);

      it("answers with the value and keeps it, with its report's sequence and time", async () => {
        const { claim, report, feeds } = await claimed(5);
        const value = feeds.values[0]!;
        await expect(take(claim)).to.emit(harness, "Pulled").withArgs([value], report.observedAt);
        expect(await kept(0)).to.deep.equal([value, report.sequence, BigInt(report.observedAt)]);
      });

      it("refuses an older claim after a newer one, and takes a newer one after that", async () => {
        const [older, newer, newest] = [await claimed(5), await claimed(6), await claimed(7)];
        await take(newer.claim);
        await expect(take(older.claim))
          .to.be.revertedWithCustomError(network.hub, "SequenceTooOld")
          .withArgs(older.report.sequence, newer.report.sequence);
        await take(newest.claim);
        expect((await harness.lasts(ids[0]!)).sequence).to.equal(newest.report.sequence);
      });

      it("keeps feeds apart", async () => {
        await take((await claimed(6)).claim);
        await take((await claimed(5, [1])).claim, { lane: 1 });
        expect((await harness.lasts(ids[1]!)).value).to.equal((await claimed(5)).feeds.values[1]);
      });

      it("passes the hub's reason on for another feed, another value and an old report, and keeps nothing", async () => {
        const { claim, report } = await claimed(5);
        const other = `${claim.slice(0, -2 * 109)}ff${claim.slice(-2 * 108)}` as Hex;
        for (const call of [() => take(claim, { lane: 1 }), () => take(other)])
          await expect(call()).to.be.revertedWithCustomError(network.hub, "WrongSigner");
        await network.connection.networkHelpers.time.increaseTo(report.observedAt + MAX_AGE);
        await expect(take(claim)).to.be.revertedWithCustomError(network.hub, "ReportTooOld");
        expect(await kept(0)).to.deep.equal([0n, 0n, 0n]);
      });
    });
  }

  it("takes the very same report again, and writes nothing then", async () => {
    const { claim, report, feeds } = await claimed(5);
    const first = await (await harness.pull(ids[0]!, MAX_AGE, claim)).wait();
    const again = await harness.pull(ids[0]!, MAX_AGE, claim);
    await expect(again).to.emit(harness, "Pulled").withArgs([feeds.values[0]], report.observedAt);
    // A first write costs 22,100 less the 2,100 of the read before it.
    expect(first!.gasUsed - (await again.wait())!.gasUsed > 19_900n).to.equal(true);
  });

  it("writes nothing of another report with the sequence of the last one, though it answers with its value", async () => {
    const { ethers, networkHelpers } = network.connection;
    const mock = await ethers.deployContract("MockHub");
    harness = await ethers.deployContract("ConsumerHarness", [mock]);
    const sequence = 7n;
    const observedAt = await networkHelpers.time.latest();
    const [first, second] = ids as [Hex, Hex];
    const claim = (feedIds: Hex[], values: bigint[]) => mock.makeClaim(sequence, observedAt, feedIds, values);
    await harness.pull(first, MAX_AGE, await claim([first], [11n]));
    await expect(harness.pull(first, MAX_AGE, await claim([first], [22n])))
      .to.emit(harness, "Pulled")
      .withArgs([22n], observedAt);
    expect(await kept(0)).to.deep.equal([11n, sequence, BigInt(observedAt)]);
    await expect(harness.pullMany([first, second], MAX_AGE, await claim([first, second], [33n, 44n])))
      .to.emit(harness, "Pulled")
      .withArgs([33n, 44n], observedAt);
    expect(await kept(0)).to.deep.equal([11n, sequence, BigInt(observedAt)]);
    expect(await kept(1)).to.deep.equal([44n, sequence, BigInt(observedAt)]);
  });

  it("takes no report twice where each may be used once", async () => {
    const { claim, report } = await claimed(5);
    await harness.pull(ids[0]!, MAX_AGE, claim);
    await expect(harness.pullNewer(ids[0]!, MAX_AGE, claim))
      .to.be.revertedWithCustomError(harness, "SequenceUsed")
      .withArgs(report.sequence, report.sequence);
  });

  describe("pullMany", () => {
    const takeMany = (lanes: readonly number[], claim: Hex) =>
      harness.pullMany(
        lanes.map((lane) => ids[lane]!),
        MAX_AGE,
        claim,
      );

    it("answers for each feed in the order asked, and keeps each", async () => {
      const lanes = [3, 0, 1];
      const { claim, report, feeds } = await claimed(5, lanes);
      const values = lanes.map((lane) => feeds.values[lane]);
      await expect(takeMany(lanes, claim)).to.emit(harness, "Pulled").withArgs(values, report.observedAt);
      for (const lane of lanes)
        expect(await kept(lane)).to.deep.equal([feeds.values[lane], report.sequence, BigInt(report.observedAt)]);
    });

    it("refuses a report that is older than the last one of any feed", async () => {
      for (const lane of [0, 1, 3]) {
        harness = await network.connection.ethers.deployContract("ConsumerHarness", [network.hub]);
        const newer = await claimed(6, [lane]);
        const older = await claimed(5, [3, 0, 1]);
        await harness.pull(ids[lane]!, MAX_AGE, newer.claim);
        await expect(takeMany([3, 0, 1], older.claim))
          .to.be.revertedWithCustomError(network.hub, "SequenceTooOld")
          .withArgs(older.report.sequence, newer.report.sequence);
        await takeMany([3, 0, 1], (await claimed(6, [3, 0, 1])).claim);
      }
    });
  });

  it("keeps what it knows of a feed in one slot", async () => {
    const { ethers } = network.connection;
    const desk = await ethers.deployContract("TradingDesk", [network.hub, ids[0]!, 8, MAX_AGE]);
    const { claim } = await claimed(5);
    await desk.sell(1, claim);
    const slots = await Promise.all([0, 1, 2].map((slot) => ethers.provider.getStorage(desk, slot)));
    expect(slots.map((slot) => BigInt(slot) !== 0n)).to.deep.equal([true, false, false]);
  });

  it("lets the example sell at the price that was brought, and at no price of zero or less", async () => {
    const [signer] = await network.connection.ethers.getSigners();
    const desk = await network.connection.ethers.deployContract("TradingDesk", [network.hub, ids[0]!, 8, MAX_AGE]);
    const priced = async (round: number, price: bigint) => {
      const signed = await signReport(network, {
        round,
        feeds: { mask: 1, values: [price, ...Array<bigint>(7).fill(0n)] },
      });
      return claimOfLanes(network, signed, [0]);
    };
    await expect(desk.sell(3n * 10n ** 18n, await priced(1, 2_000n * 10n ** 8n)))
      .to.emit(desk, "Sold")
      .withArgs(signer!.address, 3n * 10n ** 18n, 6_000n * 10n ** 18n);
    const [high, low] = [await priced(2, 3_000n), await priced(3, 1_000n)];
    await desk.sell(1, low);
    await expect(desk.sell(1, high)).to.be.revertedWithCustomError(network.hub, "SequenceTooOld");
    for (const [round, price] of [
      [4, 0n],
      [5, -1n],
    ] as const)
      await expect(desk.sell(1, await priced(round, price))).to.be.revertedWithCustomError(desk, "PriceNotPositive");
    const other = await network.connection.ethers.deployContract("TradingDesk", [network.hub, id("none"), 8, MAX_AGE]);
    await expect(other.sell(1, low)).to.be.revertedWithCustomError(network.hub, "WrongSigner");
  });
});

import { expect } from "chai";
import { concat, id } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import type { PythAdapter } from "../../types/ethers-contracts/index.ts";
import { claimOfLanes, pythClaimOfLanes } from "./support/claims.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { functionsOf, publishedAbi, publishedErrors } from "./support/published-abi.ts";
import { signReport, updateOf, type ReportOptions, type SignedReport } from "./support/signed-report.ts";

const pyth = publishedErrors("@pythnetwork/pyth-sdk-solidity/abis/PythErrors.json");
/** Of the first lanes; the others are in the hub, and not served. */
const DECIMALS = [8, 8, 18, 0];
const SERVED = DECIMALS.length;
const NO_PRICE = [0n, 0n, 0n, 0n];

describe("PythAdapter", () => {
  let network: TestNetwork;
  let adapter: PythAdapter;
  let ids: readonly Hex[];

  beforeEach(async () => {
    network = await createTestNetwork();
    ids = network.committee.configuration.feeds.map(({ id }) => id);
    adapter = await network.connection.ethers.deployContract("PythAdapter", [
      network.hub,
      ids.slice(0, SERVED),
      DECIMALS,
    ]);
  });

  const latestTime = () => network.connection.networkHelpers.time.latest();
  const store = async (options: ReportOptions, mask = 0xff) => {
    const signed = await signReport(network, options);
    await network.hub.transmit(updateOf(signed, mask));
    return signed;
  };
  const priceOf = ({ report, feeds }: SignedReport, lane: number) => [
    feeds.values[lane],
    0n,
    BigInt(-DECIMALS[lane]!),
    BigInt(report.observedAt),
  ];

  it("answers every function of the published interface", () => {
    const published = functionsOf(publishedAbi("@pythnetwork/pyth-sdk-solidity/abis/IPyth.json"));
    expect(functionsOf(adapter.interface)).to.include.members(published);
  });

  it("names its hub", async () => {
    expect(await adapter.hubAddress()).to.equal(await network.hub.getAddress());
  });

  describe("under Pyth's own PythAggregatorV3", () => {
    it("takes updates and answers", async () => {
      const { ethers } = network.connection;
      const aggregator = await ethers.deployContract("PythAggregatorV3", [adapter, ids[0]!]);
      await expect(aggregator.latestRoundData()).to.be.revertedWithCustomError(pyth, "PriceFeedNotFound");
      const signed = await signReport(network, { round: 1 });
      // More than the fee of 0: the aggregator gives it back.
      await aggregator.updateFeeds([updateOf(signed, 1)], { value: 5n });
      expect(await ethers.provider.getBalance(aggregator)).to.equal(0n);
      const observedAt = BigInt(signed.report.observedAt);
      const value = signed.feeds.values[0]!;
      expect([...(await aggregator.latestRoundData())]).to.deep.equal([
        observedAt,
        value,
        observedAt,
        observedAt,
        observedAt,
      ]);
      expect([await aggregator.decimals(), await aggregator.latestAnswer()]).to.deep.equal([8n, value]);
    });

    it("passes the hub's reason on for an update that is not signed", async () => {
      const aggregator = await network.connection.ethers.deployContract("PythAggregatorV3", [adapter, ids[0]!]);
      const signed = await signReport(network, { round: 1 });
      const forged = { ...signed, report: { ...signed.report, observedAt: signed.report.observedAt - 1 } };
      await expect(aggregator.updateFeeds([updateOf(forged, 1)])).to.be.revertedWithCustomError(
        network.hub,
        "WrongSigner",
      );
    });
  });

  describe("a stored price", () => {
    it("has the feed's value, its decimals as exponent, and the time of the observation", async () => {
      const signed = await store({ round: 1 });
      for (const lane of DECIMALS.keys()) {
        expect([...(await adapter.getPriceUnsafe(ids[lane]!))]).to.deep.equal(priceOf(signed, lane));
        expect([...(await adapter.getPriceNoOlderThan(ids[lane]!, 60))]).to.deep.equal(priceOf(signed, lane));
      }
    });

    it("is scaled by Pyth's own PythUtils", async () => {
      const { feeds } = await store({ round: 1 });
      const utils = await network.connection.ethers.deployContract("PythUtils");
      for (const [lane, factor] of [
        [0, 10n ** 10n],
        [2, 1n],
      ] as const) {
        const { price, expo } = await adapter.getPriceUnsafe(ids[lane]!);
        expect(await utils.convertToUint(price, expo, 18)).to.equal(feeds.values[lane]! * factor);
      }
    });

    it("is as fresh as asked for or reverts with StalePrice, before and after its time", async () => {
      const observedAt = (await latestTime()) + 8;
      await store({ round: 1, observedAt });
      const { time } = network.connection.networkHelpers;
      for (const [now, age] of [
        [observedAt - 5, 5],
        [observedAt, 0],
        [observedAt + 60, 60],
      ] as const) {
        await time.increaseTo(now);
        await adapter.getPriceNoOlderThan(ids[0]!, age);
        if (age === 0) continue;
        await expect(adapter.getPriceNoOlderThan(ids[0]!, age - 1)).to.be.revertedWithCustomError(pyth, "StalePrice");
      }
    });

    it("is not there for a feed without a value, one that is not served, and an unknown one", async () => {
      await store({ round: 1 }, 0b11110);
      await adapter.getPriceUnsafe(ids[1]!);
      for (const missing of [ids[0]!, ids[SERVED]!, id("nothing")]) {
        for (const read of [() => adapter.getPriceUnsafe(missing), () => adapter.getPriceNoOlderThan(missing, 60)])
          await expect(read()).to.be.revertedWithCustomError(pyth, "PriceFeedNotFound");
      }
    });

    it("fits 64 bits or reverts", async () => {
      const limit = 2n ** 63n;
      const cases = [limit - 1n, limit, -limit, -limit - 1n];
      await store({ round: 1, feeds: { mask: 0xf, values: [...cases, 0n, 0n, 0n, 0n] } }, 0xf);
      for (const [lane, value] of cases.entries()) {
        const read = adapter.getPriceUnsafe(ids[lane]!);
        if (value >= -limit && value < limit) expect((await read).price).to.equal(value);
        else await expect(read).to.be.revertedWithCustomError(adapter, "PriceTooLarge").withArgs(ids[lane], value);
      }
    });

    it("has no average of any kind", async () => {
      await store({ round: 1 });
      for (const [call, error] of [
        [() => adapter.getEmaPriceUnsafe(ids[0]!), "NoMovingAverage"],
        [() => adapter.getEmaPriceNoOlderThan(ids[0]!, 60), "NoMovingAverage"],
        [() => adapter.getTwapUpdateFee([]), "NoTimeWeightedAverage"],
        [() => adapter.parseTwapPriceFeedUpdates.staticCall([], []), "NoTimeWeightedAverage"],
      ] as const)
        await expect(call()).to.be.revertedWithCustomError(adapter, error);
    });

    it("is not said to be missing where the hub could not be read", async () => {
      const factory = await network.connection.ethers.getContractFactory("PythAdapter");
      const none = await factory.deploy(network.domain.registry, [ids[0]!], [8]);
      // The registry has no such function, and no reason to give.
      await expect(none.getPriceUnsafe(ids[0]!)).to.be.revertedWithoutReason(network.connection.ethers);
      const empty = await factory.deploy(network.committee.signers[0]!.address, [ids[0]!], [8]);
      await expect(empty.getPriceUnsafe(ids[0]!)).to.be.revertedWithCustomError(empty, "NoHub");
    });
  });

  describe("updates", () => {
    it("cost nothing, and are passed to the hub, older ones too", async () => {
      const [older, newer] = [await signReport(network, { round: 1 }), await signReport(network, { round: 2 })];
      const updates = [updateOf(newer, 0b01), updateOf(older, 0b11)];
      expect(await adapter.getUpdateFee(updates)).to.equal(0n);
      await expect(adapter.updatePriceFeeds(updates)).to.emit(network.hub, "ReportRecorded");
      expect([...(await adapter.getPriceUnsafe(ids[0]!))]).to.deep.equal(priceOf(newer, 0));
      expect([...(await adapter.getPriceUnsafe(ids[1]!))]).to.deep.equal(priceOf(older, 1));
    });

    it("emit no event of the interface, since others store without this contract", async () => {
      const transaction = await adapter.updatePriceFeeds([updateOf(await signReport(network, { round: 1 }), 1)]);
      const logs = (await transaction.wait())?.logs ?? [];
      expect(logs.map(({ address }) => address)).to.deep.equal([await network.hub.getAddress()]);
    });

    it("are refused together with money", async () => {
      const update = [updateOf(await signReport(network, { round: 1 }), 1)];
      const claim = [pythClaimOfLanes(network, await signReport(network, { round: 1 }), [0])];
      for (const call of [
        () => adapter.updatePriceFeeds(update, { value: 1n }),
        () => adapter.updatePriceFeedsIfNecessary(update, [ids[0]!], [1n], { value: 1n }),
        () => adapter.parsePriceFeedUpdates(claim, [ids[0]!], 0n, 2n ** 63n, { value: 1n }),
        () =>
          adapter.parsePriceFeedUpdatesWithConfig(claim, [ids[0]!], 0n, 2n ** 63n, false, false, false, { value: 1n }),
      ])
        await expect(call()).to.be.revertedWithCustomError(adapter, "NoFeeTaken").withArgs(1n);
    });

    it("are made if one feed is older than said, or has no value, and only then", async () => {
      const { report } = await store({ round: 1 }, 0b011);
      const time = BigInt(report.observedAt);
      const update = [updateOf(await signReport(network, { round: 2 }), 0b001)];
      const cases = [
        { lanes: [0, 1], times: [time, time - 1n], fresh: false },
        { lanes: [], times: [], fresh: false },
        { lanes: [0, 1], times: [time, time + 1n], fresh: true },
        { lanes: [1, 0], times: [0n, time + 1n], fresh: true },
        { lanes: [2], times: [0n], fresh: true },
      ];
      for (const { lanes, times, fresh } of cases) {
        const asked = lanes.map((lane) => ids[lane]!);
        const call = adapter.updatePriceFeedsIfNecessary.staticCall(update, asked, times);
        if (fresh) await call;
        else await expect(call).to.be.revertedWithCustomError(pyth, "NoFreshUpdate");
      }
      await adapter.updatePriceFeedsIfNecessary(update, [ids[0]!], [time + 1n]);
      expect((await network.hub.latest(ids[0]!)).roundId).to.equal(2n);
      await expect(adapter.updatePriceFeedsIfNecessary.staticCall(update, [ids[0]!], [])).to.be.revertedWithCustomError(
        pyth,
        "InvalidArgument",
      );
    });
  });

  describe("parsed claims", () => {
    const parse = (claims: readonly Hex[], lanes: readonly number[], [from, to]: readonly [number, number]) =>
      adapter.parsePriceFeedUpdates.staticCall(
        [...claims],
        lanes.map((lane) => ids[lane]!),
        from,
        to,
      );

    it("give the prices asked for, in their order, from any of the data, and store nothing", async () => {
      const now = await latestTime();
      const first = await signReport(network, { round: 1, observedAt: now - 100 });
      const second = await signReport(network, { round: 2, observedAt: now });
      const claims = [pythClaimOfLanes(network, first, [3, 0, 5]), pythClaimOfLanes(network, second, [1, 0])];
      const feeds = await parse(claims, [1, 0, 3], [now - 100, now]);
      const expected = [
        [second, 1],
        [first, 0],
        [first, 3],
      ] as const;
      expect(feeds.map(({ id, price, emaPrice }) => [id, [...price], [...emaPrice]])).to.deep.equal(
        expected.map(([signed, lane]) => [ids[lane], priceOf(signed, lane), NO_PRICE]),
      );
      await adapter.parsePriceFeedUpdates(claims, [ids[0]!], now - 100, now);
      await expect(network.hub.latest(ids[0]!)).to.be.revertedWithCustomError(network.hub, "NoValue");
    });

    it("count only inside the window, its ends included", async () => {
      const now = await latestTime();
      const observedAt = now - 10;
      const claim = pythClaimOfLanes(network, await signReport(network, { round: 1, observedAt }), [0]);
      const later = pythClaimOfLanes(network, await signReport(network, { round: 2, observedAt: now }), [0]);
      await parse([claim], [0], [observedAt, observedAt]);
      for (const [from, to] of [
        [observedAt + 1, now],
        [0, observedAt - 1],
        [now, 0],
      ] as const)
        await expect(parse([claim], [0], [from, to])).to.be.revertedWithCustomError(
          pyth,
          "PriceFeedNotFoundWithinRange",
        );
      // One outside the window does not stand in the way of the next.
      expect((await parse([claim, later], [0], [now, now]))[0]!.price.publishTime).to.equal(BigInt(now));
    });

    it("may be older than any update", async () => {
      const observedAt = (await latestTime()) - 365 * 86_400;
      const claim = pythClaimOfLanes(network, await signReport(network, { round: 1, observedAt }), [0]);
      await parse([claim], [0], [0, observedAt]);
    });

    it("may be of the first second that 32 bits hold in the last one", async () => {
      const { ethers, networkHelpers } = network.connection;
      const mock = await ethers.deployContract("MockHub");
      const served = [ids[0]!];
      adapter = await ethers.deployContract("PythAdapter", [mock, served, [8]]);
      const claim = concat(["0x01", ...served, await mock.makeClaim(1, 0, served, [5])]) as Hex;
      await networkHelpers.time.increaseTo(2 ** 32 - 1);
      const [feed] = await parse([claim], [0], [0, 0]);
      expect([feed!.price.price, feed!.price.publishTime]).to.deep.equal([5n, 0n]);
    });

    it("must hold every feed that is asked for, and serve it", async () => {
      const now = await latestTime();
      const claim = pythClaimOfLanes(network, await signReport(network, { round: 1 }), [0, SERVED]);
      for (const lanes of [[1], [0, 1], [SERVED]])
        await expect(parse([claim], lanes, [0, now])).to.be.revertedWithCustomError(
          pyth,
          "PriceFeedNotFoundWithinRange",
        );
      await expect(parse([], [0], [0, now])).to.be.revertedWithCustomError(pyth, "PriceFeedNotFoundWithinRange");
      expect(await parse([claim], [], [0, now])).to.deep.equal([]);
    });

    it("are refused with the hub's reason where they are not what was signed, also those not asked for", async () => {
      const signed = await signReport(network, { round: 1 });
      const good = pythClaimOfLanes(network, signed, [0]);
      const renamed = concat(["0x01", ids[1]!, claimOfLanes(network, signed, [0])]) as Hex;
      const now = await latestTime();
      for (const claims of [[renamed], [good, renamed]])
        await expect(parse(claims, [0], [0, now])).to.be.revertedWithCustomError(network.hub, "WrongSigner");
    });

    it("are refused where their feeds are cut off or none", async () => {
      const now = await latestTime();
      const claim = pythClaimOfLanes(network, await signReport(network, { round: 1 }), [0, 1]);
      const none = concat(["0x00", claimOfLanes(network, await signReport(network, { round: 1 }), [])]) as Hex;
      const heads = Array.from({ length: 1 + 2 * 32 }, (_, bytes) => claim.slice(0, 2 + 2 * bytes) as Hex);
      for (const bad of [none, ...heads])
        await expect(parse([bad], [0], [0, now]), bad).to.be.revertedWithCustomError(pyth, "InvalidUpdateData");
    });

    it("are refused where a price does not fit", async () => {
      const feeds = { mask: 1, values: [2n ** 63n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] };
      const claim = pythClaimOfLanes(network, await signReport(network, { round: 1, feeds }), [0]);
      await expect(parse([claim], [0], [0, await latestTime()])).to.be.revertedWithCustomError(
        adapter,
        "PriceTooLarge",
      );
    });

    it("come with their sequences, and minimal if asked for, but never as the first of their time or stored", async () => {
      const signed = await signReport(network, { round: 1 });
      const claims = [pythClaimOfLanes(network, signed, [0, 1])];
      const now = await latestTime();
      const configured = (lanes: readonly number[], { unique = false, minimal = false, stored = false }) =>
        adapter.parsePriceFeedUpdatesWithConfig.staticCall(
          claims,
          lanes.map((lane) => ids[lane]!),
          0,
          now,
          unique,
          minimal,
          stored,
        );
      for (const [lanes, minimal] of [
        [[1, 0], true],
        [[1], false],
      ] as const) {
        const { priceFeeds, slots } = await configured(lanes, { minimal });
        expect(priceFeeds.map(({ price }) => [...price])).to.deep.equal(lanes.map((lane) => priceOf(signed, lane)));
        expect([...slots]).to.deep.equal(lanes.map(() => signed.report.sequence));
      }
      await expect(configured([1], { minimal: true })).to.be.revertedWithCustomError(pyth, "InvalidArgument");
      for (const [call, error] of [
        [() => configured([0], { unique: true }), "FirstReportNotProvable"],
        [() => adapter.parsePriceFeedUpdatesUnique.staticCall(claims, [ids[0]!], 0, now), "FirstReportNotProvable"],
        [() => configured([0], { stored: true }), "ClaimNotStorable"],
      ] as const)
        await expect(call()).to.be.revertedWithCustomError(adapter, error);
    });
  });

  it("is not deployed with feeds that contradict each other", async () => {
    const factory = await network.connection.ethers.getContractFactory("PythAdapter");
    const [first, second] = ids as [Hex, Hex];
    for (const [feeds, decimals, errors, error] of [
      [[first, second], [8], pyth, "InvalidArgument"],
      [[first], [8, 8], pyth, "InvalidArgument"],
      [[first], [19], factory, "TooManyDecimals"],
      [[first, second, first], [8, 8, 7], factory, "FeedNamedTwice"],
    ] as const)
      await expect(factory.deploy(network.hub, [...feeds], [...decimals])).to.be.revertedWithCustomError(errors, error);
  });
});

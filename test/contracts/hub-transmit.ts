import { expect } from "chai";
import { ZeroHash } from "ethers";
import { configDigest } from "../../core/codec/configuration.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import type { Hex } from "../../core/types/hex.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee, signaturesOf } from "./support/committee.ts";
import { createTestNetwork, stage, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf, valuesFor, type SignedReport } from "./support/signed-report.ts";

const ALL = 0xff;
const RING = 64;

describe("FeedHub.transmit", () => {
  let network: TestNetwork;
  let feedIds: readonly Hex[];

  beforeEach(async () => {
    network = await createTestNetwork();
    feedIds = network.committee.configuration.feeds.map(({ id }) => id);
  });

  const transmit = (signed: SignedReport, storeMask = ALL) => network.hub.transmit(updateOf(signed, storeMask));

  describe("stores", () => {
    it("every asked value with its times, sequence and round, and says so", async () => {
      const signed = await signReport(network, { round: 7 });
      const { sequence, observedAt } = signed.report;
      expect([...(await network.hub.transmit.staticCall(updateOf(signed, 0b101)))]).to.deep.equal([1n, 0b101n]);
      await expect(transmit(signed, 0b101))
        .to.emit(network.hub, "ReportRecorded")
        .withArgs(sequence, signed.digest, 1, 0b101);
      const updatedAt = await network.connection.networkHelpers.time.latest();
      const feed = await network.hub.latest(feedIds[2]!);
      expect([...feed]).to.deep.equal([signed.feeds.values[2], sequence, BigInt(observedAt), BigInt(updatedAt), 1n]);
      await expect(network.hub.latest(feedIds[1]!))
        .to.be.revertedWithCustomError(network.hub, "NoValue")
        .withArgs(feedIds[1]);
    });

    it("the extremes of int96", async () => {
      const values = [2n ** 95n - 1n, -(2n ** 95n), -1n, 0n, 0n, 0n, 0n, 0n];
      await transmit(await signReport(network, { round: 1, feeds: { mask: 0b111, values } }), 0b111);
      const feeds = await network.hub.latestMany(feedIds.slice(0, 4));
      expect(feeds.map(({ value }) => value)).to.deep.equal(values.slice(0, 4));
      expect(feeds.map(({ roundId }) => roundId)).to.deep.equal([1n, 1n, 1n, 0n]);
    });

    it("skips feeds that hold a newer value, and counts rounds per feed", async () => {
      const [first, second] = [await signReport(network, { round: 1 }), await signReport(network, { round: 2 })];
      await transmit(second, 0b01);
      await expect(transmit(first, 0b11))
        .to.emit(network.hub, "ReportRecorded")
        .withArgs(first.report.sequence, first.digest, 0, 0b10);
      await transmit(second, 0b11);
      const [newer, both] = await network.hub.latestMany(feedIds.slice(0, 2));
      expect([newer!.value, newer!.roundId]).to.deep.equal([second.feeds.values[0], 1n]);
      expect([both!.value, both!.roundId]).to.deep.equal([second.feeds.values[1], 2n]);
    });

    it("the rest of a report whose part is stored already, in the same report slot", async () => {
      const signed = await signReport(network, { round: 1 });
      await transmit(signed, 0b01);
      await expect(transmit(signed, 0b11))
        .to.emit(network.hub, "ReportRecorded")
        .withArgs(signed.report.sequence, signed.digest, 1, 0b10);
      expect([...(await network.hub.head())]).to.deep.equal([signed.report.sequence, 1n]);
    });
  });

  describe("report slots", () => {
    it("hold the hash of each of the last 64 reports, and are then reused", async () => {
      const digests: Hex[] = [];
      for (let round = 1; round <= RING + 1; round++) {
        const signed = await signReport(network, { round });
        digests.push(signed.digest);
        await transmit(signed, 1);
      }
      const slot = async (index: number) => [...(await network.hub.reportSlot(index))];
      const empty = [`0x${"00".repeat(31)}`, false];
      expect(await slot(0)).to.deep.equal(empty);
      expect(await slot(1)).to.deep.equal(empty);
      expect(await slot(2)).to.deep.equal([digests[1]!.slice(0, 64), false]);
      expect(await slot(RING + 1)).to.deep.equal([digests[RING]!.slice(0, 64), false]);
      expect(await slot(RING + 2)).to.deep.equal(empty);
    });

    it("refuses a second report of the newest sequence", async () => {
      const signed = await signReport(network, { round: 1 });
      const other = await signReport(network, { round: 1, feeds: valuesFor(99, 8) });
      await transmit(signed);
      await expect(transmit(other))
        .to.be.revertedWithCustomError(network.hub, "ConflictingReport")
        .withArgs(signed.report.sequence, signed.digest.slice(0, 64), other.digest.slice(0, 64));
    });
  });

  describe("reverts", () => {
    const cases: readonly {
      readonly name: string;
      readonly error: string;
      readonly change: (signed: SignedReport) => Promise<SignedReport> | SignedReport;
      readonly storeMask?: number;
    }[] = [
      { name: "an empty store mask", error: "WrongStoreMask", change: (signed) => signed, storeMask: 0 },
      {
        name: "a store mask beyond the report's",
        error: "WrongStoreMask",
        change: () => signReport(network, { round: 1, feeds: { mask: 1, values: [5n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] } }),
        storeMask: 0b11,
      },
      { name: "a store mask beyond the lanes", error: "WrongStoreMask", change: (signed) => signed, storeMask: 0x1ff },
      {
        name: "values that were not signed",
        error: "WrongSigner",
        change: (signed) => ({ ...signed, values: `${signed.values.slice(0, -1)}f` as Hex }),
      },
      {
        name: "truncated values",
        error: "WrongSignaturesLength",
        change: (signed) => ({ ...signed, values: signed.values.slice(0, -2) as Hex }),
      },
      {
        name: "overlong values",
        error: "WrongSignaturesLength",
        change: (signed) => ({ ...signed, values: `${signed.values}00` as Hex }),
      },
      {
        name: "neither values nor signatures",
        error: "TruncatedUpdate",
        change: (signed) => ({ ...signed, values: "0x", signatures: "0x" }),
      },
      {
        name: "values without their last byte, and no signatures",
        error: "TruncatedUpdate",
        change: (signed) => ({ ...signed, values: signed.values.slice(0, -2) as Hex, signatures: "0x" }),
      },
      {
        name: "the sequence of a configuration that was never in force",
        error: "CommitteeNotValid",
        change: () => signReport(network, { round: 1, sequence: sequenceOf({ configIndex: 2, epoch: 1, round: 1 }) }),
      },
      {
        name: "a report older than an hour",
        error: "ReportTooOld",
        change: async () => signReport(network, { round: 1, observedAt: (await now()) - 3_601 }),
      },
      {
        name: "a report from beyond the window",
        error: "ReportFromFuture",
        change: async () => signReport(network, { round: 1, observedAt: (await now()) + 13 }),
      },
    ];
    const now = () => network.connection.networkHelpers.time.latest();

    for (const { name, error, change, storeMask } of cases) {
      it(`${error} for ${name}`, async () => {
        const signed = await change(await signReport(network, { round: 1 }));
        await expect(transmit(signed, storeMask)).to.be.revertedWithCustomError(network.hub, error);
      });
    }

    it("WrongStoreMask for a report with lanes that are not configured", async () => {
      const few = await createTestNetwork({ feeds: 2 });
      const { signers } = few.committee;
      const committee = { signers, configuration: createTestCommittee({ feeds: 3 }).configuration };
      const { report, values, signatures } = await signReport({ ...few, committee }, { round: 1 });
      for (const storeMask of [0b001, 0b100]) {
        await expect(few.hub.transmit(updateOf({ report, values, signatures }, storeMask)))
          .to.be.revertedWithCustomError(few.hub, "WrongStoreMask")
          .withArgs(storeMask, 0b111);
      }
    });

    it("only beyond the limits of a report's age", async () => {
      const { time } = network.connection.networkHelpers;
      const observedAt = (await now()) + 100;
      const signed = await signReport(network, { round: 1, observedAt });
      const at = async (timestamp: number) => {
        await time.setNextBlockTimestamp(timestamp);
        return transmit(signed);
      };
      await expect(at(observedAt - 11))
        .to.be.revertedWithCustomError(network.hub, "ReportFromFuture")
        .withArgs(observedAt, observedAt - 1);
      await at(observedAt - 10);
      await at(observedAt + 300);
      await expect(at(observedAt + 301))
        .to.be.revertedWithCustomError(network.hub, "ReportTooOld")
        .withArgs(observedAt, observedAt + 1);
    });

    it("for every field of the report that was changed after signing", async () => {
      const signed = await signReport(network, { round: 1 });
      const { report } = signed;
      const changed = [
        { ...report, sequence: report.sequence + 1n },
        { ...report, observedAt: report.observedAt - 1 },
        { ...report, feedsRoot: ZeroHash as Hex },
      ];
      for (const wrong of changed) {
        await expect(transmit({ ...signed, report: wrong })).to.be.revertedWithCustomError(network.hub, "WrongSigner");
      }
    });
  });

  describe("a succession of configurations", () => {
    const next = createTestCommittee({ index: 2, seed: "next" });

    const succeed = async () => {
      const [owner] = await network.connection.ethers.getSigners();
      return configureCommittee(next.configuration, { ...network.domain, owner: owner! });
    };
    const reportOfNext = async (round: number) => {
      return signReport({ ...network, committee: next, configDigest: await succeed() }, { round });
    };

    it("takes the retired committee's reports until the new one's first, and its feeds keep their rounds", async () => {
      await transmit(await signReport(network, { round: 1 }));
      const successor = await reportOfNext(1);
      await transmit(await signReport(network, { round: 2 }));
      await transmit(successor);
      const superseded = await network.connection.networkHelpers.time.latest();
      expect((await network.hub.latest(feedIds[0]!)).roundId).to.equal(3n);
      await expect(transmit(await signReport(network, { round: 3 })))
        .to.be.revertedWithCustomError(network.hub, "CommitteeNotValid")
        .withArgs(1, anyValue, superseded - 1);
      expect((await network.registry.committee(network.configDigest)).validUntil).to.equal(superseded - 1);
    });

    it("takes the retired committee's reports until its deadline", async () => {
      await succeed();
      const { time } = network.connection.networkHelpers;
      const { validUntil } = await network.registry.committee(network.configDigest);
      const report = await signReport(network, { round: 1, observedAt: Number(validUntil) });
      await time.setNextBlockTimestamp(validUntil);
      await transmit(report);
      await expect(transmit(report))
        .to.be.revertedWithCustomError(network.hub, "CommitteeNotValid")
        .withArgs(1, validUntil + 1n, validUntil);
    });

    it("takes the last one that reported until its deadline, however many follow without a report, and ends them all at the first report of one", async () => {
      const [owner] = await network.connection.ethers.getSigners();
      const { time } = network.connection.networkHelpers;
      const succeedBy = async (index: number) => {
        const committee = createTestCommittee({ index, seed: `successor ${index}` });
        const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
        return { ...network, committee, configDigest };
      };
      await transmit(await signReport(network, { round: 1 }));
      const second = await succeedBy(2);
      const third = await succeedBy(3);
      await network.registry.revoke(third.configDigest);
      const fourth = await succeedBy(4);
      await transmit(await signReport(network, { round: 2 }));
      await transmit(await signReport(fourth, { round: 1 }));
      const ended = (await time.latest()) - 1;
      for (const [earlier, validUntil] of [
        [network, ended],
        [second, ended],
        [third, 0],
      ] as const) {
        const { index } = earlier.committee.configuration;
        await expect(transmit(await signReport(earlier, { round: 3 })))
          .to.be.revertedWithCustomError(network.hub, "CommitteeNotValid")
          .withArgs(index, anyValue, validUntil);
      }
      await transmit(await signReport(fourth, { round: 2 }));
      const { validUntil } = await network.hub.tenureOf(4);
      expect(validUntil).to.equal(2n ** 32n - 1n);
    });

    it("obeys its registry alone, which counts upwards", async () => {
      const [stranger] = await network.connection.ethers.getSigners();
      for (const call of [
        () => network.hub.install(2, stranger!, 96, false, 0),
        () => network.hub.dismiss(1),
        () => network.hub.acceptReports(false),
        () => network.hub.acceptReports(true),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(network.hub, "OnlyRegistry").withArgs(stranger!.address);
      }
      const registry = await network.registry.getAddress();
      await network.connection.networkHelpers.impersonateAccount(registry);
      await network.connection.networkHelpers.setBalance(registry, 10n ** 18n);
      const asRegistry = network.hub.connect(await network.connection.ethers.getSigner(registry));
      for (const index of [0, 1, 3]) {
        await expect(asRegistry.install(index, stranger!, 96, false, 0))
          .to.be.revertedWithCustomError(network.hub, "WrongInstallation")
          .withArgs(index, 2);
      }
    });

    it("refuses a revoked committee at once", async () => {
      const signed = await signReport(network, { round: 1 });
      await network.registry.revoke(network.configDigest);
      await expect(transmit(signed)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });

    it("refuses a committee that is only staged", async () => {
      await stage(network.registry, next.configuration);
      const staged = { ...network, committee: next, configDigest: configDigest(next.configuration, network.domain) };
      await expect(transmit(await signReport(staged, { round: 1 })))
        .to.be.revertedWithCustomError(network.hub, "CommitteeNotValid")
        .withArgs(2, anyValue, 0);
    });
  });

  describe("of a committee without a verifier", () => {
    it("stores as much, names the feeds, and gives a report no slot", async () => {
      await network.registry.clearVerifier(3, 8);
      const committee = createTestCommittee({ index: 2, seed: "signing" });
      const [owner] = await network.connection.ethers.getSigners();
      const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
      const signed = await signReport({ ...network, committee, configDigest }, { round: 1 });
      await expect(transmit(signed, 0b110))
        .to.emit(network.hub, "FeedsUpdated")
        .withArgs(signed.report.sequence, 0b110);
      await expect(transmit(signed, 0b111))
        .to.emit(network.hub, "FeedsUpdated")
        .withArgs(signed.report.sequence, 0b001);
      expect([...(await network.hub.head())]).to.deep.equal([signed.report.sequence, 0n]);
      expect((await network.hub.latest(feedIds[0]!)).value).to.equal(signed.feeds.values[0]);
    });
  });

  it("takes f+1 signatures from any members", async () => {
    for (const [round, signers] of [
      [0, 1],
      [1, 3],
      [2, 3],
      [0, 3],
    ].entries()) {
      await transmit(await signReport(network, { round: round + 1, signers }));
    }
    expect((await network.hub.head()).reportIndex).to.equal(4n);
  });

  it("knows a report by its EIP-712 digest", async () => {
    const signed = await signReport(network, { round: 1 });
    expect(await network.hub.digestOf(signed.report)).to.equal(signed.digest);
    expect(signaturesOf(network.committee, signed.digest, [0, 1])).to.equal(signed.signatures);
  });
});

const anyValue = () => true;

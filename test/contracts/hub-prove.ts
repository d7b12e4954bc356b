import { expect } from "chai";
import { hexlify, id } from "ethers";
import { network as hardhatNetwork } from "hardhat";
import { packValues, reportDigest } from "../../core/codec/report.ts";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import type { Hex } from "../../core/types/hex.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee, signaturesOf } from "./support/committee.ts";
import { bindingOf, mockProof, proveWithMock } from "./support/mock-proof.ts";
import { createTestNetwork, deployTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf, valuesFor, type ReportOptions, type SignedReport } from "./support/signed-report.ts";

const ALL = 0xff;
const FOREIGN_ROOT: Hex = `0x${"99".repeat(32)}`;

describe("FeedHub.prove", () => {
  let network: TestNetwork;
  let feedIds: readonly Hex[];

  beforeEach(async () => {
    network = await createTestNetwork();
    feedIds = network.committee.configuration.feeds.map(({ id }) => id);
  });

  const transmitted = async (options: ReportOptions, storeMask = 1) => {
    const signed = await signReport(network, options);
    await network.hub.transmit(updateOf(signed, storeMask));
    return signed;
  };
  const prove = (index: number, signed: SignedReport, { binding = bindingOf(network, signed) } = {}) =>
    proveWithMock(network, { index, signed, binding });

  it("marks the report and stores proven values, whose statement TypeScript computes alike", async () => {
    const signed = await transmitted({ round: 5 });
    const { sequence, observedAt } = signed.report;
    await expect(prove(1, signed)).to.emit(network.hub, "ReportProven").withArgs(sequence, 1, ALL);
    const provenAt = await network.connection.networkHelpers.time.latest();
    expect([...(await network.hub.reportSlot(1))]).to.deep.equal([signed.digest.slice(0, 64), true]);
    const proven = await network.hub.latestProven(feedIds[1]!);
    expect([...proven]).to.deep.equal([signed.feeds.values[1], sequence, BigInt(observedAt), BigInt(provenAt), 1n]);
    await expect(network.hub.latestAndProven(id("none")))
      .to.be.revertedWithCustomError(network.hub, "NoValue")
      .withArgs(id("none"));
    await expect(network.hub.latestProven(id("none")))
      .to.be.revertedWithCustomError(network.hub, "NoProvenValue")
      .withArgs(id("none"));
  });

  it("takes reports with absent feeds, negative values and the extremes of int96", async () => {
    const values = [2n ** 95n - 1n, 0n, -(2n ** 95n), 0n, 0n, -1n, 0n, 7n];
    const signed = await transmitted({ round: 1, feeds: { mask: 0b10100101, values } });
    await prove(1, signed);
    expect((await network.hub.latestProven(feedIds[2]!)).value).to.equal(values[2]);
  });

  it("never replaces a newer proven value", async () => {
    const few = { mask: 1, values: [5n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] };
    const [first, second] = [await transmitted({ round: 1 }), await transmitted({ round: 2, feeds: few })];
    await expect(prove(2, second)).to.emit(network.hub, "ReportProven").withArgs(second.report.sequence, 2, 1);
    await expect(prove(1, first))
      .to.emit(network.hub, "ReportProven")
      .withArgs(first.report.sequence, 1, ALL - 1);
    expect((await network.hub.latestProven(feedIds[0]!)).value).to.equal(5n);
    expect((await network.hub.latestProven(feedIds[1]!)).value).to.equal(first.feeds.values[1]);
  });

  it("calls no reading proven but that whose value, sequence and time the proof had, whatever f+1 colluders signed", async () => {
    for (const forgedFirst of [true, false]) {
      network = await createTestNetwork();
      const honest = await signReport(network, { round: 1 });
      const values = honest.feeds.values.map((value, lane) => (lane === 2 ? 424_242n : value));
      const forged = await signReport(network, { round: 1, feeds: { mask: ALL, values } });
      const later = await signReport(network, { round: 2 });
      if (!forgedFirst) await network.hub.transmit(updateOf(honest, 0b01));
      if (forgedFirst) await network.hub.transmit(updateOf(forged, 0b100));
      await network.hub.transmit(updateOf(later, 0b01));
      if (!forgedFirst) await network.hub.transmit(updateOf(forged, 0b100));
      const binding = bindingOf(network, honest);
      if (forgedFirst) {
        await network.hub.transmitProven(updateOf(honest, 0b100), mockProof(binding), binding.commitment);
      } else await prove(1, honest);
      const { feed, proven } = await network.hub.latestAndProven(feedIds[2]!);
      expect([feed.value, proven]).to.deep.equal([424_242n, false]);
      expect((await network.hub.latestProven(feedIds[2]!)).value).to.equal(honest.feeds.values[2]);
    }
  });

  it("works for a retired committee, even after its deadline", async () => {
    const signed = await transmitted({ round: 1 });
    const { configuration } = createTestCommittee({ index: 2, seed: "next" });
    const [owner] = await network.connection.ethers.getSigners();
    await configureCommittee(configuration, { ...network.domain, owner: owner! });
    await network.connection.networkHelpers.time.increase(7_200);
    await prove(1, signed);
  });

  describe("reverts with", () => {
    const slots: readonly { name: string; error: string; reports: number; prove: number; index: number }[] = [
      { name: "index 0", error: "UnknownReportIndex", reports: 1, prove: 0, index: 0 },
      { name: "an index to come", error: "UnknownReportIndex", reports: 1, prove: 0, index: 2 },
      { name: "the index of another report", error: "WrongReport", reports: 2, prove: 0, index: 2 },
      { name: "an overwritten report", error: "ReportOverwritten", reports: 65, prove: 0, index: 1 },
      {
        name: "the index that took an overwritten report's slot",
        error: "WrongReport",
        reports: 65,
        prove: 0,
        index: 65,
      },
    ];
    for (const { name, error, reports, prove: chosen, index } of slots) {
      it(`${error} for ${name}`, async () => {
        const signed: SignedReport[] = [];
        for (let round = 1; round <= reports; round++) signed.push(await transmitted({ round }));
        await expect(prove(index, signed[chosen]!)).to.be.revertedWithCustomError(network.hub, error);
      });
    }

    it("AlreadyProven for a second proof", async () => {
      const signed = await transmitted({ round: 1 });
      await prove(1, signed);
      await expect(prove(1, signed)).to.be.revertedWithCustomError(network.hub, "AlreadyProven").withArgs(1);
    });

    it("CommitteeRevoked after the committee was revoked", async () => {
      const signed = await transmitted({ round: 1 });
      await network.registry.revoke(network.configDigest);
      await expect(prove(1, signed)).to.be.revertedWithCustomError(network.hub, "CommitteeRevoked");
    });

    it("WrongReport for values that were not signed", async () => {
      const signed = await transmitted({ round: 1 });
      const values = hexlify(packValues(valuesFor(2, 8))) as Hex;
      await expect(prove(1, { ...signed, values })).to.be.revertedWithCustomError(network.hub, "WrongReport");
    });

    it("WrongReport for a signed report whose root is not of its values", async () => {
      const { report, feeds, values } = await signReport(network, { round: 1 });
      const lying = { ...report, feedsRoot: FOREIGN_ROOT };
      const digest = reportDigest(lying, network.domain);
      const signatures = signaturesOf(network.committee, digest, [0, 1]);
      await network.hub.transmit(updateOf({ report: lying, values, signatures }, 1));
      const signed = { report: lying, feeds, values, signatures, digest };
      await expect(prove(1, signed)).to.be.revertedWithCustomError(network.hub, "WrongReport");
    });

    it("CommitmentOutOfField for C ≥ p", async () => {
      const signed = await transmitted({ round: 1 });
      const binding = { ...bindingOf(network, signed), commitment: FIELD_MODULUS };
      await expect(prove(1, signed, { binding }))
        .to.be.revertedWithCustomError(network.hub, "CommitmentOutOfField")
        .withArgs(FIELD_MODULUS);
    });

    it("ObservedBeforeWindow for a time from which the window reaches below zero", async () => {
      const connection = await hardhatNetwork.create({ override: { initialDate: new Date(3_000_000) } });
      network = { connection, ...(await deployTestNetwork(connection, { window: 32_767 })) };
      const signed = await transmitted({ round: 1, observedAt: 32_766 });
      const binding = { commitment: 1n, x: 1n, y: 1n };
      await expect(prove(1, signed, { binding }))
        .to.be.revertedWithCustomError(network.hub, "ObservedBeforeWindow")
        .withArgs(32_766, 32_767);
    });

    it("ProofRejected for the proof of another report, of another slot, and of another commitment", async () => {
      const [first, second] = [await transmitted({ round: 1 }), await transmitted({ round: 2 })];
      const late = { ...first, report: { ...first.report, observedAt: first.report.observedAt - 1 } };
      const bigger = { ...network, committee: createTestCommittee({ n: 5 }) };
      const other = { ...bindingOf(network, first), commitment: 5n };
      for (const binding of [bindingOf(network, second), bindingOf(network, late), bindingOf(bigger, first), other]) {
        await expect(prove(1, first, { binding })).to.be.revertedWithCustomError(network.hub, "ProofRejected");
      }
    });

    it("nothing to prove for a committee that only signs: its reports take no slot", async () => {
      await network.registry.clearVerifier(3, 8);
      const committee = createTestCommittee({ index: 2, seed: "signing" });
      const [owner] = await network.connection.ethers.getSigners();
      const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
      network = { ...network, committee, configDigest };
      const signed = await transmitted({ round: 1 });
      expect([...(await network.hub.head())]).to.deep.equal([signed.report.sequence, 0n]);
      await expect(prove(1, signed)).to.be.revertedWithCustomError(network.hub, "UnknownReportIndex").withArgs(1, 0);
      const binding = bindingOf(network, signed);
      await expect(network.hub.transmitProven(updateOf(signed, 1), mockProof(binding), binding.commitment))
        .to.be.revertedWithCustomError(network.hub, "NoVerifier")
        .withArgs(2);
    });
  });

  describe("together with the report (transmitProven)", () => {
    const send = (signed: SignedReport, { storeMask = ALL, binding = bindingOf(network, signed) } = {}) =>
      network.hub.transmitProven(updateOf(signed, storeMask), mockProof(binding), binding.commitment);

    it("stores what is signed and proven in one transaction", async () => {
      const signed = await signReport(network, { round: 1 });
      const { sequence } = signed.report;
      await expect(send(signed, { storeMask: 0b101 }))
        .to.emit(network.hub, "ReportRecorded")
        .withArgs(sequence, signed.digest, 1, 0b101)
        .and.to.emit(network.hub, "ReportProven")
        .withArgs(sequence, 1, ALL);
      expect([...(await network.hub.reportSlot(1))]).to.deep.equal([signed.digest.slice(0, 64), true]);
      const { feed, proven } = await network.hub.latestAndProven(feedIds[2]!);
      expect([feed.value, proven]).to.deep.equal([signed.feeds.values[2], true]);
      expect((await network.hub.latestProven(feedIds[2]!)).value).to.equal(signed.feeds.values[2]);
      await expect(prove(1, signed)).to.be.revertedWithCustomError(network.hub, "AlreadyProven");
    });

    it("marks a report that was transmitted before, and stores what is still missing of it", async () => {
      const signed = await transmitted({ round: 1 }, 0b001);
      expect((await network.hub.latestAndProven(feedIds[0]!)).proven).to.equal(false);
      await expect(send(signed, { storeMask: 0b011 }))
        .to.emit(network.hub, "ReportRecorded")
        .withArgs(signed.report.sequence, signed.digest, 1, 0b010)
        .and.to.emit(network.hub, "ReportProven")
        .withArgs(signed.report.sequence, 1, ALL);
      expect((await network.hub.reportSlot(1)).proven).to.equal(true);
      expect((await network.hub.latestAndProven(feedIds[0]!)).proven).to.equal(true);
    });

    it("proves values of an older report, which gets no slot, and replaces no newer ones", async () => {
      const feeds = { mask: 0b11, values: [7n, 8n, 0n, 0n, 0n, 0n, 0n, 0n] };
      const [older, newer] = [await signReport(network, { round: 1 }), await transmitted({ round: 2, feeds }, 0b001)];
      await prove(1, newer);
      await expect(send(older, { storeMask: 0b111 }))
        .to.emit(network.hub, "ReportProven")
        .withArgs(older.report.sequence, 0, ALL - 0b11);
      expect((await network.hub.latest(feedIds[0]!)).value).to.equal(7n);
      expect((await network.hub.latestAndProven(feedIds[0]!)).proven).to.equal(true);
      expect((await network.hub.latestAndProven(feedIds[1]!)).proven).to.equal(false);
      expect((await network.hub.latestProven(feedIds[1]!)).value).to.equal(8n);
    });

    it("is a committee's first report like any other: those before it are over", async () => {
      const [owner] = await network.connection.ethers.getSigners();
      const committee = createTestCommittee({ index: 2, seed: "next" });
      const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
      const next = { ...network, committee, configDigest };
      const signed = await signReport(next, { round: 1 });
      const { commitment, ...rest } = bindingOf(next, signed);
      await network.hub.transmitProven(updateOf(signed, ALL), mockProof({ commitment, ...rest }), commitment);
      const { validUntil } = await network.registry.committee(network.configDigest);
      expect(validUntil).to.equal((await network.connection.networkHelpers.time.latest()) - 1);
      await expect(transmitted({ round: 1 })).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });

    it("reverts for a wrong proof, a wrong signature, and a root that is not of the values", async () => {
      const signed = await signReport(network, { round: 1 });
      const other = bindingOf(network, await signReport(network, { round: 2 }));
      await expect(send(signed, { binding: other })).to.be.revertedWithCustomError(network.hub, "ProofRejected");
      const unsigned = { ...signed, signatures: signaturesOf(network.committee, FOREIGN_ROOT, [0, 1]) };
      await expect(send(unsigned)).to.be.revertedWithCustomError(network.hub, "WrongSigner");
      const report = { ...signed.report, feedsRoot: FOREIGN_ROOT };
      const digest = reportDigest(report, network.domain);
      const lying = { ...signed, report, digest, signatures: signaturesOf(network.committee, digest, [0, 1]) };
      await expect(send(lying, { binding: bindingOf(network, lying) }))
        .to.be.revertedWithCustomError(network.hub, "WrongFeedsRoot")
        .withArgs(signed.report.feedsRoot, FOREIGN_ROOT);
    });
  });
});

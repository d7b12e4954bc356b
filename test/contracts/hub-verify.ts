import { expect } from "chai";
import { id } from "ethers";
import { feedLeafProof } from "../../core/codec/feed-leaf-proof.ts";
import type { Hex } from "../../core/types/hex.ts";
import { proveWithMock } from "./support/mock-proof.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { claimOf, signReport, updateOf, type SignedReport } from "./support/signed-report.ts";

const MAX_AGE = 60;

interface PullRead {
  readonly signed: SignedReport;
  readonly feedId: Hex;
  readonly value: bigint;
  readonly path: Hex[];
  readonly maxAge: number;
  readonly minSequence: bigint;
}

describe("FeedHub.verify", () => {
  let network: TestNetwork;
  let feedIds: readonly Hex[];

  before(async () => {
    network = await createTestNetwork();
    feedIds = network.committee.configuration.feeds.map(({ id }) => id);
  });

  const pullOf = async (lane: number, observedAt?: number): Promise<PullRead> => {
    const signed = await signReport(network, { round: 3, ...(observedAt === undefined ? {} : { observedAt }) });
    const path = feedLeafProof({ feeds: signed.feeds, feedIds, observedAt: signed.report.observedAt }, lane);
    const value = signed.feeds.values[lane]!;
    return { signed, feedId: feedIds[lane]!, value, path, maxAge: MAX_AGE, minSequence: 0n };
  };
  const verify = ({ signed, feedId, value, path, maxAge, minSequence }: PullRead) =>
    network.hub.verify(feedId, minSequence, maxAge, claimOf(signed, [{ value, path }]));

  it("answers with value, time and sequence for every feed of a report", async () => {
    for (const lane of feedIds.keys()) {
      const pull = await pullOf(lane);
      const { observedAt, sequence } = pull.signed.report;
      expect([...(await verify(pull))]).to.deep.equal([pull.value, BigInt(observedAt), sequence]);
    }
  });

  it("takes exactly the sequence asked for", async () => {
    const pull = await pullOf(0);
    await verify({ ...pull, minSequence: pull.signed.report.sequence });
  });

  const cases: readonly { name: string; error: string; change: (pull: PullRead) => PullRead | Promise<PullRead> }[] = [
    { name: "another value", error: "WrongSigner", change: (pull) => ({ ...pull, value: pull.value + 1n }) },
    { name: "another feed", error: "WrongSigner", change: (pull) => ({ ...pull, feedId: feedIds[1]! }) },
    { name: "an unknown feed", error: "WrongSigner", change: (pull) => ({ ...pull, feedId: id("none") as Hex }) },
    { name: "no path", error: "WrongSigner", change: (pull) => ({ ...pull, path: [] }) },
    { name: "a short path", error: "WrongSigner", change: (pull) => ({ ...pull, path: pull.path.slice(1) }) },
    {
      name: "a long path",
      error: "WrongSigner",
      change: (pull) => ({ ...pull, path: [...pull.path, feedIds[0]!] }),
    },
    {
      name: "a sequence below the asked one",
      error: "SequenceTooOld",
      change: (pull) => ({ ...pull, minSequence: pull.signed.report.sequence + 1n }),
    },
    {
      name: "an old report",
      error: "ReportTooOld",
      change: async () => pullOf(0, (await network.connection.networkHelpers.time.latest()) - MAX_AGE - 1),
    },
    {
      name: "a report from beyond the window",
      error: "ReportFromFuture",
      change: async () => pullOf(0, (await network.connection.networkHelpers.time.latest()) + 12),
    },
    {
      name: "a report that was changed",
      error: "WrongSigner",
      change: (pull) => {
        const report = { ...pull.signed.report, observedAt: pull.signed.report.observedAt - 1 };
        return { ...pull, signed: { ...pull.signed, report } };
      },
    },
    {
      name: "an unknown configuration",
      error: "CommitteeNotValid",
      change: (pull) => {
        const report = { ...pull.signed.report, sequence: pull.signed.report.sequence + (1n << 48n) };
        return { ...pull, signed: { ...pull.signed, report } };
      },
    },
  ];

  for (const { name, error, change } of cases) {
    it(`reverts with ${error} for ${name}`, async () => {
      const pull = await change(await pullOf(0));
      await expect(verify(pull)).to.be.revertedWithCustomError(network.hub, error);
    });
  }

  describe("of many feeds", () => {
    const leavesOf = ({ feeds, report }: SignedReport, lanes: readonly number[]) =>
      lanes.map((lane) => ({
        value: feeds.values[lane]!,
        path: feedLeafProof({ feeds, feedIds, observedAt: report.observedAt }, lane),
      }));
    const idsOf = (lanes: readonly number[]) => lanes.map((lane) => feedIds[lane]!);

    it("answers with one value for each, in the order asked", async () => {
      const signed = await signReport(network, { round: 4 });
      for (const lanes of [[0], [7, 0, 3], [...feedIds.keys()], [2, 2]]) {
        const { answers, observedAt, sequence } = await network.hub.verifyMany(
          idsOf(lanes),
          0n,
          MAX_AGE,
          claimOf(signed, leavesOf(signed, lanes)),
        );
        expect([...answers]).to.deep.equal(lanes.map((lane) => signed.feeds.values[lane]));
        expect([observedAt, sequence]).to.deep.equal([BigInt(signed.report.observedAt), signed.report.sequence]);
      }
    });

    it("reverts for leaves of another order, of two roots, too few and too many", async () => {
      const signed = await signReport(network, { round: 4 });
      const verifyMany = (lanes: readonly number[], claim: Hex) =>
        network.hub.verifyMany(idsOf(lanes), 0n, MAX_AGE, claim);
      const two = leavesOf(signed, [1, 2]);
      await expect(verifyMany([2, 1], claimOf(signed, two))).to.be.revertedWithCustomError(
        network.hub,
        "WrongMerklePath",
      );
      await expect(verifyMany([1, 2, 3], claimOf(signed, two)))
        .to.be.revertedWithCustomError(network.hub, "TruncatedClaim")
        .withArgs(0, 13);
      await expect(verifyMany([1], claimOf(signed, two)))
        .to.be.revertedWithCustomError(network.hub, "OverlongClaim")
        .withArgs(13 + 3 * 32);
      await expect(verifyMany([], claimOf(signed, []))).to.be.revertedWithCustomError(network.hub, "WrongSigner");
    });
  });

  describe("against a report that is recorded", () => {
    const claimed = async (round: number, storeMask = 1) => {
      const signed = await signReport(network, { round });
      await network.hub.transmit(updateOf(signed, storeMask));
      const { reportIndex } = await network.hub.head();
      const path = feedLeafProof({ feeds: signed.feeds, feedIds, observedAt: signed.report.observedAt }, 5);
      const leaves = [{ value: signed.feeds.values[5]!, path }];
      return { signed, reportIndex, claim: claimOf({ ...signed, signatures: "0x" }, leaves) };
    };

    it("answers without signatures, also for feeds that nobody stored, and says whether the report is proven", async () => {
      const { signed, reportIndex, claim } = await claimed(100);
      const verify = () => network.hub.verifyAgainstStored(reportIndex, feedIds[5]!, 0n, MAX_AGE, claim);
      const { observedAt, sequence } = signed.report;
      const expected = [signed.feeds.values[5], BigInt(observedAt), sequence];
      expect([...(await verify())]).to.deep.equal([...expected, false]);
      await proveWithMock(network, { index: Number(reportIndex), signed });
      expect([...(await verify())]).to.deep.equal([...expected, true]);
    });

    it("reverts for another feed, another index, an old sequence and an old report", async () => {
      await claimed(101);
      const { signed, reportIndex, claim } = await claimed(102);
      const verify = (change: { feed?: number; index?: bigint; maxAge?: number; minSequence?: bigint } = {}) => {
        const { feed = 5, index = reportIndex, maxAge = MAX_AGE, minSequence = 0n } = change;
        return network.hub.verifyAgainstStored(index, feedIds[feed]!, minSequence, maxAge, claim);
      };
      const { sequence, observedAt } = signed.report;
      await verify({ minSequence: sequence });
      const cases = [
        [{ feed: 4 }, "WrongReport"],
        [{ index: reportIndex - 1n }, "WrongReport"],
        [{ index: reportIndex + 1n }, "UnknownReportIndex"],
        [{ index: 0n }, "UnknownReportIndex"],
        [{ minSequence: sequence + 1n }, "SequenceTooOld"],
      ] as const;
      for (const [change, error] of cases)
        await expect(verify(change)).to.be.revertedWithCustomError(network.hub, error);
      await network.connection.networkHelpers.time.increaseTo(observedAt + MAX_AGE + 1);
      await expect(verify()).to.be.revertedWithCustomError(network.hub, "ReportTooOld");
    });
  });

  it("reverts with a reason for a claim that is cut anywhere", async () => {
    const pull = await pullOf(2);
    const claim = claimOf(pull.signed, [pull]);
    const { observedAt } = pull.signed.report;
    const length = (claim.length - 2) / 2;
    const now = await network.connection.networkHelpers.time.latest();
    // What is cut off reads as zero: without its last byte the time may still be young enough.
    const isOld = (cut: number) => cut < 12 && truncated(observedAt, 8 * (12 - cut)) + MAX_AGE < now;
    for (let cut = 0; cut < length; cut++) {
      const call = network.hub.verify(pull.feedId, 0n, MAX_AGE, claim.slice(0, 2 + 2 * cut));
      await expect(call, `${cut} bytes`).to.be.revertedWithCustomError(
        network.hub,
        cut < 2 ? "CommitteeNotValid" : isOld(cut) ? "ReportTooOld" : "TruncatedClaim",
      );
    }
    await expect(network.hub.verify(pull.feedId, 0n, MAX_AGE, `${claim}00`))
      .to.be.revertedWithCustomError(network.hub, "OverlongClaim")
      .withArgs(1);
  });
});

/** A number below 2^32 with its lowest bits zero; 32 and more leave nothing. */
function truncated(number: number, bits: number): number {
  return number - (number % 2 ** bits);
}

import { expect } from "chai";
import { id } from "ethers";
import { feedLeafProof } from "../../core/codec/report.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, type SignedReport } from "./support/signed-report.ts";

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
    network.hub.verify(signed.report, feedId, value, path, signed.signatures, maxAge, minSequence);

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
    { name: "another value", error: "WrongMerklePath", change: (pull) => ({ ...pull, value: pull.value + 1n }) },
    { name: "another feed", error: "WrongMerklePath", change: (pull) => ({ ...pull, feedId: feedIds[1]! }) },
    { name: "an unknown feed", error: "WrongMerklePath", change: (pull) => ({ ...pull, feedId: id("none") as Hex }) },
    { name: "no path", error: "WrongMerklePath", change: (pull) => ({ ...pull, path: [] }) },
    { name: "a short path", error: "WrongMerklePath", change: (pull) => ({ ...pull, path: pull.path.slice(1) }) },
    {
      name: "a long path",
      error: "WrongMerklePath",
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
        const report = { ...pull.signed.report, configDigest: id("other") as Hex };
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
});

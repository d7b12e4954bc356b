import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import type { ConsumerHarness, FeedHub, MockHub } from "../../types/ethers-contracts/index.ts";
import { claimOfLanes } from "./support/claims.ts";
import { mockProof, proveWithMock } from "./support/mock-proof.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, updateOf, type SignedReport } from "./support/signed-report.ts";

const NO_PROOF = mockProof({ commitment: 0n, x: 0n, y: 0n });

describe("MockHub", () => {
  let network: TestNetwork;
  let mock: MockHub;
  let ids: readonly Hex[];

  beforeEach(async () => {
    network = await createTestNetwork({ historyDepth: 8 });
    ids = network.committee.configuration.feeds.map(({ id }) => id);
    mock = await network.connection.ethers.deployContract("MockHub");
  });

  /** The reads of stored values on either hub: answers, or errors with their arguments. */
  const everyRead = (hub: FeedHub | MockHub, feedId: Hex) => {
    const reads: Promise<unknown>[] = [
      hub.latest(feedId),
      hub.latestPacked(feedId),
      hub.latestProven(feedId),
      hub.latestAndProven(feedId),
      hub.latestMany([feedId, ids[7]!]),
      ...[0n, 1n, 2n, 3n, 2n ** 40n].map((round) => hub.round(feedId, round)),
    ];
    return Promise.all(reads.map(outcome));
  };
  const outcome = (read: Promise<unknown>) =>
    read.then(
      (answer) => JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
      (error: unknown) => {
        const reason = network.hub.interface.parseError((error as { data: string }).data);
        return `${reason?.name}(${reason?.args.join()})`;
      },
    );

  it("reads as a hub does: without a value, with one, with a proven one, and with one that is newer than that", async () => {
    const feedId = ids[0]!;
    const compare = async () =>
      expect(await everyRead(mock, feedId)).to.deep.equal(await everyRead(network.hub, feedId));
    const store = async (round: number) => {
      const signed = await signReport(network, { round });
      await network.hub.transmit(updateOf(signed, 1));
      const [value, sequence, observedAt, updatedAt, roundId] = await network.hub.latest(feedId);
      await mock.setFeed(feedId, { value, sequence, observedAt, updatedAt, roundId });
      return signed;
    };
    await compare();
    await store(1);
    await compare();
    const signed = await store(2);
    await proveWithMock(network, { signed, index: Number((await network.hub.head()).reportIndex) });
    const [value, sequence, observedAt, updatedAt, roundId] = await network.hub.latestProven(feedId);
    await mock.setProven(feedId, { value, sequence, observedAt, updatedAt, roundId });
    await compare();
    await store(3);
    await compare();
  });

  it("makes rounds, reports and times of its own for bare values", async () => {
    const feedId = ids[0]!;
    await mock.setValue(feedId, -5n);
    const first = await mock.latest(feedId);
    await mock.setValue(feedId, 6n);
    const second = await mock.latest(feedId);
    const time = BigInt(await network.connection.networkHelpers.time.latest());
    expect([second.value, second.observedAt, second.updatedAt, second.roundId]).to.deep.equal([6n, time, time, 2n]);
    expect(second.sequence > first.sequence).to.equal(true);
    expect((await mock.latestAndProven(feedId)).proven).to.equal(false);
    await mock.proveNewest(feedId);
    expect((await mock.latestAndProven(feedId)).proven).to.equal(true);
    expect((await mock.latestProven(feedId)).value).to.equal(6n);
    // A reading that differs in anything is another one.
    const [value, sequence, observedAt, updatedAt, roundId] = second;
    const reading = { value, sequence, observedAt, updatedAt, roundId };
    for (const field of ["value", "sequence", "observedAt"] as const) {
      await mock.setFeed(feedId, { ...reading, [field]: reading[field] + 1n });
      expect((await mock.latestAndProven(feedId)).proven, field).to.equal(false);
    }
    await mock.setFeed(feedId, reading);
    expect((await mock.latestAndProven(feedId)).proven).to.equal(true);
  });

  it("opens its own claims as a hub opens signed ones", async () => {
    const { ethers, networkHelpers } = network.connection;
    const deploy = (hub: FeedHub | MockHub) => ethers.deployContract("ConsumerHarness", [hub]);
    const [real, mocked] = [await deploy(network.hub), await deploy(mock)];
    const mockClaim = ({ report, feeds }: SignedReport, lanes: readonly number[]) =>
      mock.makeClaim(
        report.sequence,
        report.observedAt,
        lanes.map((lane) => ids[lane]!),
        lanes.map((lane) => feeds.values[lane]!),
      ) as Promise<Hex>;
    const now = await networkHelpers.time.latest();
    const [older, newer] = [
      await signReport(network, { round: 1, observedAt: now }),
      await signReport(network, { round: 2, observedAt: now }),
    ];
    const [stale, early] = [
      await signReport(network, { round: 3, observedAt: now - 1_000 }),
      await signReport(network, { round: 4, observedAt: now + 1_000 }),
    ];
    const same = async (signed: SignedReport, lanes: readonly number[], asked = lanes) => {
      const call = (harness: ConsumerHarness, claim: Hex) =>
        asked.length === 1
          ? harness.pull.staticCall(ids[asked[0]!]!, 60, claim)
          : harness.pullMany.staticCall(
              asked.map((lane) => ids[lane]!),
              60,
              claim,
            );
      const names = await Promise.all([
        outcome(call(real, claimOfLanes(network, signed, lanes))),
        outcome(call(mocked, await mockClaim(signed, lanes))),
      ]);
      const [expected, answer] = names.map((name) => name.replace(/\(.*/, ""));
      expect(answer).to.equal(expected);
    };
    await real.pull(ids[0]!, 60, claimOfLanes(network, newer, [0]));
    await mocked.pull(ids[0]!, 60, await mockClaim(newer, [0]));
    expect([...(await mocked.lasts(ids[0]!))]).to.deep.equal([...(await real.lasts(ids[0]!))]);
    for (const [signed, lanes, asked] of [
      [newer, [0]],
      [older, [0]],
      [older, [1]],
      [older, [1, 2]],
      [older, [0, 1]],
      [stale, [0]],
      [early, [0]],
      [newer, [1], [0]],
    ] as const)
      await same(signed, lanes, asked);
  });

  it("refuses what it was not told, and what no hub holds", async () => {
    const feed = { value: 1n, sequence: 1n, observedAt: 1n, updatedAt: 1n, roundId: 1n };
    for (const field of ["sequence", "observedAt", "updatedAt", "roundId"] as const) {
      await expect(mock.setFeed(id("feed"), { ...feed, [field]: 0n })).to.be.revertedWithCustomError(
        mock,
        "IncompleteFeed",
      );
    }
    await expect(mock.makeClaim(1, 1, [ids[0]!], [])).to.be.revertedWithCustomError(mock, "UnevenClaim");
    const none = { configDigest: ZeroHash, sequence: 0, observedAt: 0, feedsRoot: ZeroHash, valuesHash: ZeroHash };
    for (const call of [
      () => mock.transmit.staticCall("0x"),
      () => mock.transmitProven.staticCall("0x", NO_PROOF, 0),
      () => mock.prove.staticCall(0, "0x", NO_PROOF, 0),
      () => mock.verifyAgainstStored(0, ZeroHash, 0, 0, "0x"),
      () => mock.reportSlot(0),
      () => mock.head(),
      () => mock.historyDepth(),
      () => mock.preallocate.staticCall([]),
      () => mock.digestOf(none),
      () => mock.install.staticCall(0, mock, 0, false, 0),
      () => mock.dismiss.staticCall(0),
      () => mock.tenureOf(0),
      () => mock.newestIndex(),
      () => mock.registry(),
    ])
      await expect(call()).to.be.revertedWithCustomError(mock, "NotMocked");
  });
});

import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee } from "./support/committee.ts";
import { bindingOf, mockProof, proveWithMock } from "./support/mock-proof.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { type ReportOptions, type SignedReport, signReport, updateOf } from "./support/signed-report.ts";

const REPORTS = 64;
const PREPARED_REPORT = 2n;
const PREPARED_ROUND = 1n << 32n;
/** Of `_head` in the hub's storage; the report slots follow, then the newest, the proven and the earlier values. */
const HEAD = 4n;
const SLOTS = HEAD + 1n;
const NEWEST = SLOTS + BigInt(REPORTS);
const PROVEN = NEWEST + 1n;
const HISTORY = PROVEN + 1n;

describe("FeedHub's storage", () => {
  let network: TestNetwork;
  let feeds: readonly Hex[];

  const use = async (historyDepth: number) => {
    network = await createTestNetwork({ feeds: 3, historyDepth });
    feeds = network.committee.configuration.feeds.map(({ id }) => id);
  };
  const at = async (slot: bigint) => BigInt(await network.connection.ethers.provider.getStorage(network.hub, slot));
  const placeOf = (feed: Hex, mapping: bigint) =>
    BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [feed, mapping])));
  const ringOf = (feed: Hex, length: number) =>
    Promise.all(Array.from({ length }, (_, i) => at(placeOf(feed, HISTORY) + BigInt(i))));
  const reportSlots = () => Promise.all(Array.from({ length: REPORTS }, (_, i) => at(SLOTS + BigInt(i))));
  const transmit = async (options: ReportOptions, storeMask = 0b111): Promise<SignedReport> => {
    const signed = await signReport(network, options);
    await network.hub.transmit(updateOf(signed, storeMask));
    return signed;
  };
  const transmitProven = async (options: ReportOptions, storeMask = 0b111): Promise<SignedReport> => {
    const signed = await signReport(network, options);
    const { commitment, ...rest } = bindingOf(network, signed);
    await network.hub.transmitProven(updateOf(signed, storeMask), mockProof({ commitment, ...rest }), commitment);
    return signed;
  };
  const now = () => network.connection.networkHelpers.time.latest();
  /** value:int96 | sequence:uint64 | observedAt:uint32 | updatedAt:uint32 | roundId:uint32. */
  const wordOf = ({ report, feeds: { values } }: SignedReport, lane: number, stored: { at: number; round: number }) =>
    BigInt.asUintN(96, values[lane]!) * 2n ** 160n +
    report.sequence * 2n ** 96n +
    BigInt(report.observedAt) * 2n ** 64n +
    BigInt(stored.at) * 2n ** 32n +
    BigInt(stored.round);
  const hashOf = ({ digest }: SignedReport) => BigInt(digest) & ~0xffn;

  it("has the newest report's index, each report's hash with its flag, and each feed's value in one word", async () => {
    await use(0);
    const first = await transmit({ round: 1 });
    const storedAt = await now();
    expect(await at(HEAD)).to.equal(first.report.sequence * 2n ** 32n + 1n);
    expect(await at(SLOTS + 1n)).to.equal(hashOf(first));
    for (const [lane, feed] of feeds.entries())
      expect(await at(placeOf(feed, NEWEST))).to.equal(wordOf(first, lane, { at: storedAt, round: 1 }));
    expect(await at(placeOf(feeds[0]!, PROVEN))).to.equal(0n);

    await proveWithMock(network, { index: 1, signed: first });
    expect(await at(SLOTS + 1n)).to.equal(hashOf(first) + 1n);
    expect(await at(placeOf(feeds[2]!, PROVEN))).to.equal(wordOf(first, 2, { at: await now(), round: 1 }));

    const second = await transmitProven({ round: 2 }, 0b010);
    expect(await at(HEAD)).to.equal(second.report.sequence * 2n ** 32n + 2n);
    expect(await at(SLOTS + 2n)).to.equal(hashOf(second) + 1n);
    expect(await at(placeOf(feeds[1]!, NEWEST))).to.equal(wordOf(second, 1, { at: await now(), round: 2 }));
    expect(await at(placeOf(feeds[0]!, NEWEST))).to.equal(wordOf(first, 0, { at: storedAt, round: 1 }));
    expect(await at(placeOf(feeds[0]!, PROVEN))).to.equal(wordOf(second, 0, { at: await now(), round: 2 }));
    for (const feed of feeds) expect(await ringOf(feed, 3)).to.deep.equal([0n, 0n, 0n]);
  });

  it("has the rounds before a feed's newest at their number modulo the depth", async () => {
    await use(3);
    const words: bigint[] = [];
    for (let round = 1; round <= 5; round++)
      words.push(wordOf(await transmit({ round }, 0b001), 0, { at: await now(), round }));
    // Rounds 3, 4, 2: the fifth is the newest.
    expect(await ringOf(feeds[0]!, 4)).to.deep.equal([words[2], words[3], words[1], 0n]);
    expect(await ringOf(feeds[1]!, 4)).to.deep.equal([0n, 0n, 0n, 0n]);
  });

  it("is filled where it is empty, and only what is asked for", async () => {
    await use(3);
    const report = await transmit({ round: 1 }, 0b001);
    const old = await at(placeOf(feeds[0]!, NEWEST));
    await transmit({ round: 2 }, 0b001);
    await network.hub.preallocate([feeds[0]!]);
    expect((await reportSlots()).filter((word) => word === PREPARED_REPORT)).to.deep.equal([]);
    expect(await ringOf(feeds[0]!, 4)).to.deep.equal([PREPARED_ROUND, old, PREPARED_ROUND, 0n]);
    expect(await ringOf(feeds[1]!, 4)).to.deep.equal([0n, 0n, 0n, 0n]);

    await network.hub.preallocate([]);
    const slots = await reportSlots();
    expect(slots[1]).to.equal(hashOf(report));
    expect(slots.filter((word) => word === PREPARED_REPORT).length).to.equal(REPORTS - 2);
    expect([await at(NEWEST), await at(HEAD - 1n)]).to.deep.equal([0n, 0n]);
    expect(await ringOf(feeds[1]!, 4)).to.deep.equal([0n, 0n, 0n, 0n]);

    await network.hub.preallocate(feeds.slice(1));
    for (const feed of feeds.slice(1))
      expect(await ringOf(feed, 4)).to.deep.equal([PREPARED_ROUND, PREPARED_ROUND, PREPARED_ROUND, 0n]);
    // A feed's first value has none before it.
    await transmit({ round: 3 }, 0b010);
    expect(await ringOf(feeds[1]!, 4)).to.deep.equal([PREPARED_ROUND, PREPARED_ROUND, PREPARED_ROUND, 0n]);
  });

  it("keeps 512 earlier rounds at most", async () => {
    await use(0);
    const { ethers } = network.connection;
    const deepest = await ethers.deployContract("FeedHub", [network.registry, 512]);
    expect(await deepest.historyDepth()).to.equal(512n);
    await expect(ethers.deployContract("FeedHub", [network.registry, 513]))
      .to.be.revertedWithCustomError(network.hub, "HistoryTooDeep")
      .withArgs(513, 512);
  });

  it("gives a report that comes a second time the proof's flag, and keeps the flag", async () => {
    await use(0);
    const signed = await transmit({ round: 1 }, 0b001);
    await transmitProven({ round: 1, observedAt: signed.report.observedAt }, 0b010);
    expect(await at(SLOTS + 1n)).to.equal(hashOf(signed) + 1n);
    await transmit({ round: 1, observedAt: signed.report.observedAt }, 0b100);
    expect(await at(SLOTS + 1n)).to.equal(hashOf(signed) + 1n);
    expect(await at(HEAD)).to.equal(signed.report.sequence * 2n ** 32n + 1n);
  });
});

describe("FeedHub.head", () => {
  it("tells the newest sequence of any feed of the newest committee that has reported", async () => {
    const network = await createTestNetwork({ feeds: 3 });
    const { hub, connection } = network;
    const fresh = await connection.ethers.deployContract("FeedHub", [network.registry, 0]);
    expect([...(await fresh.head())]).to.deep.equal([0n, 0n]);
    expect([...(await hub.head())]).to.deep.equal([0n, 0n]);
    const send = async (from: TestNetwork, round: number, storeMask: number) => {
      const signed = await signReport(from, { round });
      await hub.transmit(updateOf(signed, storeMask));
      return signed.report.sequence;
    };
    const first = await send(network, 1, 0b111);
    const second = await send(network, 2, 0b010);
    expect(second).to.be.greaterThan(first);
    expect([...(await hub.head())]).to.deep.equal([second, 2n]);
    const third = await send(network, 3, 0b001);
    expect([...(await hub.head())]).to.deep.equal([third, 3n]);

    const [owner] = await connection.ethers.getSigners();
    const committee = createTestCommittee({ index: 2, seed: "next", feeds: 3 });
    const configDigest = await configureCommittee(committee.configuration, { ...network.domain, owner: owner! });
    expect([...(await hub.head())]).to.deep.equal([third, 3n]);
    const fourth = await send({ ...network, committee, configDigest }, 1, 0b100);
    expect([...(await hub.head())]).to.deep.equal([fourth, 4n]);
  });
});

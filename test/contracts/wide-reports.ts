import { expect } from "chai";
import { id, ZeroAddress } from "ethers";
import fc from "fast-check";
import { network as hardhat } from "hardhat";
import { configDigest } from "../../core/codec/configuration.ts";
import { createLaneReport, type LaneValues, reportDigest } from "../../core/codec/report.ts";
import { packLaneUpdate } from "../../core/codec/report-update.ts";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import { createTestCommittee, signaturesOf } from "./support/committee.ts";
import { deployTestNetwork, mockVerifier, stage, type TestNetwork } from "./support/network.ts";

const LANES = 256;

describe("reports of more than 32 lanes", () => {
  let network: TestNetwork;
  let feedIds: readonly Hex[];
  before(async () => {
    const connection = await hardhat.create();
    const options = { feeds: LANES, lanes: LANES, verifier: mockVerifier() };
    network = { connection, ...(await deployTestNetwork(connection, options)) };
    feedIds = network.committee.configuration.feeds.map(({ id }) => id);
  });

  const sign = async (round: number, values: LaneValues) => {
    const observedAt = await network.connection.networkHelpers.time.latest();
    const sequence = sequenceOf({ configIndex: 1, epoch: 1, round });
    const report = createLaneReport({ configDigest: network.configDigest, sequence }, { values, feedIds, observedAt });
    const signatures = signaturesOf(network.committee, reportDigest(report, network.domain), [0, 1]);
    return { report, values, signatures };
  };

  it("are stored as asked, the first lane and the last", async () => {
    let round = 0;
    const lane = fc.integer({ min: 0, max: LANES - 1 });
    const lanes = fc.uniqueArray(fc.oneof(lane, fc.constantFrom(0, 31, 32, 255)), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(lanes, fc.nat(40), async (present, count) => {
        round += 1;
        const values = feedIds.map((_, q) => (present.includes(q) ? BigInt(round * 1000 - q) : undefined));
        const stored = present.slice(0, 1 + (count % present.length));
        const before = await network.hub.latestMany([...feedIds]);
        await network.hub.transmit(packLaneUpdate(await sign(round, values), stored));
        const after = await network.hub.latestMany([...feedIds]);
        for (const [q, { value, roundId }] of after.entries()) {
          const expected = stored.includes(q)
            ? [values[q], before[q]!.roundId + 1n]
            : [before[q]!.value, before[q]!.roundId];
          expect([value, roundId], `lane ${q}`).to.deep.equal(expected);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("refuse a store mask beyond the report's, and an empty one", async () => {
    const signed = await sign(
      60_000,
      feedIds.map((_, q) => (q === 200 ? 1n : undefined)),
    );
    for (const stored of [[], [201], [200, 255]]) {
      await expect(network.hub.transmit(packLaneUpdate(signed, stored))).to.be.revertedWithCustomError(
        network.hub,
        "WrongStoreMask",
      );
    }
  });

  it("cannot be proven, whatever verifiers there are", async () => {
    const { registry, connection, domain } = network;
    for (const lanes of [32, 33, 255, 256]) {
      const verifier = await connection.ethers.deployContract("MockMedianVerifier", [4, 3, lanes % 256]);
      await registry.setVerifier(verifier);
      const { configuration } = createTestCommittee({ feeds: 1, lanes, index: 2 });
      await stage(registry, configuration);
      const { verifier: found } = await registry.statement(configDigest(configuration, domain));
      expect(found, `${lanes} lanes`).to.equal(lanes === 32 ? await verifier.getAddress() : ZeroAddress);
    }
  });

  it("find a feed that is listed twice among 256", async () => {
    const { configuration } = createTestCommittee({ feeds: LANES, lanes: LANES, index: 2, seed: "next" });
    const feeds = configuration.feeds.with(255, configuration.feeds[17]!);
    await expect(stage(network.registry, { ...configuration, feeds }))
      .to.be.revertedWithCustomError(network.registry, "DuplicateFeed")
      .withArgs(17, 255, id("feed 17"));
  });

  it("have configurations of 57 KiB, kept whole", async () => {
    const encoded = await network.registry.configurationOf(network.configDigest);
    expect(await network.registry.configDigestOf(encoded)).to.equal(network.configDigest);
    expect(encoded.length / 2).to.be.greaterThan(2 * 24_575);
  });

  it("may be published by anyone, to no effect but being kept", async () => {
    const [, stranger] = await network.connection.ethers.getSigners();
    const registry = network.registry.connect(stranger);
    const digest = await registry.publish.staticCall("0x1234");
    await registry.publish("0x1234");
    await registry.publish("0x1234");
    await expect(registry.configurationOf(digest)).to.be.revertedWithCustomError(registry, "WrongState");
    await expect(registry.activate(digest)).to.be.revertedWithCustomError(registry, "OwnableUnauthorizedAccount");
    await expect(network.registry.activate(digest)).to.be.revertedWithCustomError(registry, "WrongState");
  });
});

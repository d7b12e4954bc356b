import { expect } from "chai";
import { hexlify } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { solidityConfiguration } from "../../core/codec/configuration.ts";
import { createReport, packValues, reportDigest } from "../../core/codec/report.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Report } from "../../core/types/report.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { FeedHub, MockRegistry } from "../../types/ethers-contracts/index.ts";
import { circuitVerifier } from "../../scripts/deploy/circuit-verifier.ts";
import { proofVector, type ProofVector } from "../support/proof-vector.ts";
import { createTestCommittee, signaturesOf, type TestCommittee } from "./support/committee.ts";
import { provenReportOf, updateOf } from "./support/signed-report.ts";

/**
 * A recorded proof binds its hub and configuration digest, so the hub is placed at the recorded address, and a mock registry
 * answers for the recorded digest. Verifier and hub are the real ones.
 */
describe("FeedHub.prove with a real proof", () => {
  let connection: NetworkConnection;
  let vector: ProofVector;
  let committee: TestCommittee;
  let hub: FeedHub;
  let registry: MockRegistry;

  before(() => {
    vector = proofVector();
    committee = createTestCommittee();
  });

  beforeEach(async () => {
    await placeHub();
    await registerCommittee(vector.setRoot);
  });

  const placeHub = async () => {
    connection = await network.create({
      override: { initialDate: new Date(vector.statement.report.observedAt * 1_000) },
    });
    const { ethers, networkHelpers } = connection;
    registry = await ethers.deployContract("MockRegistry");
    const deployed = await ethers.deployContract("FeedHub", [await registry.getAddress(), 0]);
    await networkHelpers.setCode(vector.statement.domain.hub, await ethers.provider.getCode(deployed));
    hub = await ethers.getContractAt("FeedHub", vector.statement.domain.hub);
  };

  const registerCommittee = async (setRoot: bigint) => {
    const { ethers } = connection;
    const { groth16, shape, verificationKeyDigest } = await circuitVerifier(vector.instance);
    const generated = await ethers.deployContract(groth16 as "Groth16VerifierMedianN4K3V8");
    const verifier = await ethers.deployContract("DevelopmentMedianVerifier", [
      generated,
      shape,
      verificationKeyDigest,
    ]);
    const { window, report } = vector.statement;
    const { configuration } = createTestCommittee({ window, index: slotOf(report.sequence).configIndex });
    const feeds = configuration.feeds.map((feed, lane) => ({ ...feed, id: vector.feedIds[lane]! }));
    const enact = registry.getFunction("enact") as unknown as (...args: unknown[]) => Promise<unknown>;
    await enact(hub, report.configDigest, solidityConfiguration({ ...configuration, feeds }), verifier, setRoot);
  };

  const transmit = async (report: Report, values: Hex, storeMask = 1) => {
    const signatures = signaturesOf(committee, reportDigest(report, vector.statement.domain), [0, 1]);
    await hub.transmit(updateOf({ report, values, signatures }, storeMask));
  };
  const prove = (report: Report, values: Hex, { proof = vector.proof } = {}) =>
    hub.prove(1, provenReportOf({ report, values }), proof as never, vector.publicSignals[0]);

  it("accepts it, and the proven values are the medians", async () => {
    const { report, feeds } = vector.statement;
    const values = hexlify(packValues(feeds)) as Hex;
    await transmit(report, values);
    await expect(prove(report, values)).to.emit(hub, "ReportProven");
    for (const [lane, feedId] of vector.feedIds.entries()) {
      if (((feeds.mask >> lane) & 1) === 0) continue;
      expect((await hub.latestProven(feedId)).value).to.equal(feeds.values[lane]);
    }
  });

  it("rejects it for any other report, all else being equal", async () => {
    const { report, feeds } = vector.statement;
    const slot = { configDigest: report.configDigest, sequence: report.sequence };
    const { feedIds } = vector;
    const moved = feeds.values.map((value, lane) => (lane === 0 ? value + 1n : value));
    const dropped = { mask: feeds.mask & ~1, values: feeds.values.map((value, lane) => (lane === 0 ? 0n : value)) };
    const others = [
      { slot, leaves: { feeds: { ...feeds, values: moved }, feedIds, observedAt: report.observedAt } },
      { slot, leaves: { feeds: dropped, feedIds, observedAt: report.observedAt } },
      { slot, leaves: { feeds, feedIds, observedAt: report.observedAt + 1 } },
      { slot: { ...slot, sequence: slot.sequence + 1n }, leaves: { feeds, feedIds, observedAt: report.observedAt } },
    ];
    const snapshot = await connection.networkHelpers.takeSnapshot();
    for (const other of others) {
      const changed = createReport(other.slot, other.leaves);
      const values = hexlify(packValues(other.leaves.feeds)) as Hex;
      await transmit(changed, values, 2);
      await expect(prove(changed, values)).to.be.revertedWithCustomError(hub, "ProofRejected");
      await snapshot.restore();
    }
  });

  it("rejects it for another committee's keys", async () => {
    await placeHub();
    await registerCommittee(vector.setRoot + 1n);
    const { report, feeds } = vector.statement;
    const values = hexlify(packValues(feeds)) as Hex;
    await transmit(report, values);
    await expect(prove(report, values)).to.be.revertedWithCustomError(hub, "ProofRejected");
  });

  it("rejects a proof whose points were changed", async () => {
    const { report, feeds } = vector.statement;
    const values = hexlify(packValues(feeds)) as Hex;
    await transmit(report, values);
    const { a, b, c } = vector.proof;
    for (const proof of [
      { a: c, b, c: a },
      { a, b: [b[1], b[0]] as const, c },
      { a: [a[0], a[1] + 1n] as const, b, c },
    ]) {
      await expect(prove(report, values, { proof: proof })).to.be.revertedWithCustomError(hub, "ProofRejected");
    }
  });
});

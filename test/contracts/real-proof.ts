import { expect } from "chai";
import { concat, hexlify } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { createReport, packValues, reportDigest } from "../../core/codec/report.ts";
import type { Report } from "../../core/types/report.ts";
import type { FeedHub, MockRegistry } from "../../types/ethers-contracts/index.ts";
import { circuitVerifier } from "../../scripts/deploy/circuit-verifier.ts";
import { proofVector, type ProofVector } from "../support/proof-vector.ts";
import { createTestCommittee, signaturesOf, type TestCommittee } from "./support/committee.ts";

const ACTIVE = 2;
const FOR_EVER = 2 ** 32 - 1;

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
    connection = await network.create({
      override: { initialDate: new Date(vector.statement.report.observedAt * 1_000) },
    });
    const { ethers, networkHelpers } = connection;
    registry = await ethers.deployContract("MockRegistry");
    const deployed = await ethers.deployContract("FeedHub", [await registry.getAddress()]);
    await networkHelpers.setCode(vector.statement.domain.hub, await ethers.provider.getCode(deployed));
    hub = await ethers.getContractAt("FeedHub", vector.statement.domain.hub);
    await registerCommittee(vector.setRoot);
  });

  const registerCommittee = async (setRoot: bigint) => {
    const { ethers } = connection;
    const harness = await ethers.deployContract("LibraryHarness");
    const keysData = concat([...committee.signers.map(({ address }) => address), ...vector.feedIds]);
    const keys = await harness.store.staticCall(keysData);
    await harness.store(keysData);
    const { groth16, shape, verificationKeyDigest } = await circuitVerifier(vector.instance);
    const generated = await ethers.deployContract(groth16 as "Groth16VerifierMedianN4K3V8");
    const verifier = await ethers.deployContract("DevelopmentMedianVerifier", [
      generated,
      shape,
      verificationKeyDigest,
    ]);
    const { window } = vector.statement;
    const size = { n: 4, f: 1, lanes: 8, feeds: 8, window, index: 1, validUntil: FOR_EVER };
    const statement = { committee: { keys, ...size }, state: ACTIVE, verifier, setRoot };
    await registry.set(vector.statement.report.configDigest, statement);
  };

  const transmit = async (report: Report, values: string) => {
    const signatures = signaturesOf(committee, reportDigest(report, vector.statement.domain), [0, 1]);
    await hub.transmit(report, values, 1, signatures);
  };
  const prove = (report: Report, values: string, { proof = vector.proof, storeMask = 0b10 } = {}) =>
    hub.prove(1, report, values, storeMask, proof as never, vector.publicSignals[0]);

  it("accepts it, and the proven values are the medians", async () => {
    const { report, feeds } = vector.statement;
    const values = hexlify(packValues(feeds));
    await transmit(report, values);
    await expect(prove(report, values, { storeMask: feeds.mask })).to.emit(hub, "ReportProven");
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
      const values = hexlify(packValues(other.leaves.feeds));
      const signatures = signaturesOf(committee, reportDigest(changed, vector.statement.domain), [0, 1]);
      await hub.transmit(changed, values, 2, signatures);
      await expect(prove(changed, values)).to.be.revertedWithCustomError(hub, "ProofRejected");
      await snapshot.restore();
    }
  });

  it("rejects it for another committee's keys", async () => {
    await registerCommittee(vector.setRoot + 1n);
    const { report, feeds } = vector.statement;
    const values = hexlify(packValues(feeds));
    await transmit(report, values);
    await expect(prove(report, values)).to.be.revertedWithCustomError(hub, "ProofRejected");
  });

  it("rejects a proof whose points were changed", async () => {
    const { report, feeds } = vector.statement;
    const values = hexlify(packValues(feeds));
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

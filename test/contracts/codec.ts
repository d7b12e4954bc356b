import { expect } from "chai";
import { ZeroAddress, concat } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { decodeConfiguration, encodeConfiguration } from "../../core/codec/configuration.ts";
import { feedsRoot, packValues } from "../../core/codec/report.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createQuorateModule } from "../../scripts/deploy/modules/Quorate.ts";
import type { CommitteeRegistry, FeedHub, ReportHarness } from "../../types/ethers-contracts/index.ts";
import { committeeBytes } from "./support/committee-bytes.ts";
import { createTestCommittee } from "./support/committee.ts";
import { leafHash } from "./support/merkle.ts";
import { mockVerifier, stage } from "./support/network.ts";
import { VECTOR_FILES, readVectors, type ConfigurationVectors, type ReportVectors } from "./support/vectors.ts";

describe("Solidity computes what core/codec computes", () => {
  let connection: NetworkConnection;
  let harness: ReportHarness;

  before(async () => {
    connection = await network.create();
    harness = await connection.ethers.deployContract("ReportHarness");
  });

  /** A hub's code at the address of the vectors: the EIP-712 domain follows the address. */
  const placeHub = async (address: Hex, registry: string): Promise<FeedHub> => {
    const { ethers, networkHelpers } = connection;
    const hub = await ethers.deployContract("FeedHub", [registry, 0]);
    await networkHelpers.setCode(address, await ethers.provider.getCode(hub));
    return ethers.getContractAt("FeedHub", address);
  };

  /** A registry's code at the address of the vectors. Its storage is empty, so its owner is the address zero. */
  const registryAt = async (address: Hex): Promise<CommitteeRegistry> => {
    const { ethers, ignition, networkHelpers } = connection;
    const { registry } = await ignition.deploy(createQuorateModule({ verifier: mockVerifier(), historyDepth: 0 }));
    await networkHelpers.setCode(address, await ethers.provider.getCode(await registry.getAddress()));
    await networkHelpers.impersonateAccount(ZeroAddress);
    await networkHelpers.setBalance(ZeroAddress, 10n ** 20n);
    return ethers.getContractAt("CommitteeRegistry", address, await ethers.getSigner(ZeroAddress));
  };

  it("for every golden report: values, digest, Merkle root and paths", async () => {
    const { hub: address, vectors } = await readVectors<ReportVectors>(VECTOR_FILES.report);
    const hub = await placeHub(address, ZeroAddress);
    for (const { name, mask, values, feedIds, packed, report, digest, paths } of vectors) {
      expect(await hub.digestOf(report), name).to.equal(digest);
      expect(await harness.maskOf(packed, values.length), name).to.equal(BigInt(mask));
      for (const [lane, value] of values.entries()) {
        expect(await harness.valueAt(packed, lane, values.length), `${name}, lane ${lane}`).to.equal(BigInt(value));
      }
      const committee = committeeBytes({ lanes: values.length, feedIds });
      expect(await harness.root(packed, committee, report.observedAt), name).to.equal(report.feedsRoot);
      for (const [lane, path] of Object.entries(paths)) {
        const [feedId, value] = [feedIds[Number(lane)]!, values[Number(lane)]!];
        const root = await harness.rootOf(concat(path), leafHash(feedId, BigInt(value), report.observedAt));
        expect(root, `${name}, lane ${lane}`).to.equal(report.feedsRoot);
      }
    }
  });

  it("for every mask of eight feeds: the Merkle root", async () => {
    const feedIds = createTestCommittee().configuration.feeds.map(({ id }) => id);
    for (let mask = 1; mask < 256; mask++) {
      const values = feedIds.map((_, lane) => ((mask >> lane) & 1) * (lane - 3)).map(BigInt);
      const expected = feedsRoot({ mask, values }, feedIds, 1_000);
      const root = await harness.root(packValues({ mask, values }), committeeBytes({ lanes: 8, feedIds }), 1_000);
      expect(root, `mask ${mask}`).to.equal(expected);
    }
  });

  it("for every golden configuration: encoding and digest", async () => {
    const { ethers } = connection;
    const golden = await readVectors<ConfigurationVectors>(VECTOR_FILES.configuration);
    const registry = await registryAt(golden.registry);
    await placeHub(golden.hub, golden.registry);
    await registry.setHub(golden.hub);
    for (const { name, encoded, digest } of golden.vectors) {
      expect(await registry.configDigestOf(encoded), name).to.equal(digest);
    }
    const { encoded, digest } = golden.vectors[0]!;
    const configuration = decodeConfiguration(encoded);
    await expect(stage(registry, configuration)).to.emit(registry, "ConfigurationStaged");
    expect(await registry.configurationOf(digest)).to.equal(encoded);
    expect(ethers.keccak256(encoded)).to.equal(ethers.keccak256(encodeConfiguration(configuration)));
  });
});

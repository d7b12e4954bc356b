import { expect } from "chai";
import { network } from "hardhat";
import { configDigest, decodeConfiguration } from "../../core/codec/configuration.ts";
import type { Hex } from "../../core/types/hex.ts";
import { circuitVerifier } from "../../scripts/deploy/circuit-verifier.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { deployQuorate } from "../../scripts/deploy/deploy.ts";
import developmentModule from "../../scripts/deploy/modules/QuorateDevelopment.ts";
import { withCode } from "../support/error-code.ts";
import { createTestCommittee } from "./support/committee.ts";
import { createTestNetwork, stage } from "./support/network.ts";

describe("deployment", () => {
  it("deploys, wires and configures a network in one script, and configuring again changes nothing", async () => {
    const { ethers, ignition } = await network.create("devnet");
    const [owner] = await ethers.getSigners();
    const { configuration } = createTestCommittee();
    const feeds = configuration.feeds.map(({ id, decimals }, lane) => ({ id, decimals, description: `FEED ${lane}` }));
    const market = { feed: 0, maxAge: 60, loanToValueBps: 7_500 };
    const verifier = await circuitVerifier("median-n4-k3-v8");

    const deployment = await deployQuorate(ignition, { verifier, feeds, market });
    const domain = { ...deployment, chainId: 31337n };
    const digest = await configureCommittee(configuration, { ...domain, owner: owner! });

    const registry = await ethers.getContractAt("CommitteeRegistry", deployment.registry);
    expect(digest).to.equal(configDigest(configuration, domain));
    expect(await registry.activeDigest()).to.equal(digest);
    expect(await registry.hub()).to.equal(ethers.getAddress(deployment.hub));
    expect(decodeConfiguration((await registry.configurationOf(digest)) as Hex)).to.deep.equal(configuration);
    const { verifier: chosen } = await registry.statement(digest);
    const contract = await ethers.getContractAt("DevelopmentMedianVerifier", chosen);
    expect(await contract.verificationKeyDigest()).to.equal(verifier.verificationKeyDigest);
    for (const [lane, address] of deployment.proxies.entries()) {
      const proxy = await ethers.getContractAt("FeedProxy", address);
      expect([await proxy.feedId(), await proxy.description()]).to.deep.equal([feeds[lane]!.id, `FEED ${lane}`]);
    }
    const lending = await ethers.getContractAt("LendingMarket", deployment.market!);
    expect(await lending.feedId()).to.equal(feeds[0]!.id);

    const court = await ethers.getContractAt("EquivocationCourt", deployment.court);
    expect(await court.registry()).to.equal(ethers.getAddress(deployment.registry));

    const block = await ethers.provider.getBlockNumber();
    expect(await configureCommittee(configuration, { ...domain, owner: owner! })).to.equal(digest);
    expect(await ethers.provider.getBlockNumber()).to.equal(block);
  });

  it("activates a configuration that was only staged", async () => {
    const { connection, domain, registry } = await createTestNetwork();
    const [owner] = await connection.ethers.getSigners();
    const { configuration } = createTestCommittee({ index: 2, seed: "staged" });
    await stage(registry, configuration);
    const block = await connection.ethers.provider.getBlockNumber();
    const digest = await configureCommittee(configuration, { ...domain, owner: owner! });
    expect(await registry.activeDigest()).to.equal(digest);
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(block + 1);
  });

  it("refuses an observer key outside the prime subgroup before it sends anything", async () => {
    const { connection, domain } = await createTestNetwork();
    const [owner] = await connection.ethers.getSigners();
    const { configuration } = createTestCommittee({ index: 2 });
    const [first, ...others] = configuration.members;
    const broken = { ...configuration, members: [{ ...first!, observer: { x: 0n, y: 1n } }, ...others] };
    const attempt = configureCommittee(broken, { ...domain, owner: owner! });
    expect(withCode("invalid-observer-key")(await attempt.catch((error: unknown) => error))).to.equal(true);
  });

  it("knows no circuit that was never built", async () => {
    const failure: unknown = await circuitVerifier("median-n99").catch((error: unknown) => error);
    expect(withCode("circuit-unknown")(failure)).to.equal(true);
  });

  it("has a module for the command line", async () => {
    const { ignition } = await network.create();
    const { registry, hub } = await ignition.deploy(developmentModule);
    expect(await registry.getFunction("hub").staticCall()).to.equal(await hub.getAddress());
  });
});

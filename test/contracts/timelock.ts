import { expect } from "chai";
import { Interface, type Signer } from "ethers";
import { network as hardhatNetwork } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { configDigest, solidityConfiguration } from "../../core/codec/configuration.ts";
import type { Hex } from "../../core/types/hex.ts";
import { committeeRegistryAbi } from "../../node/chain/generated/abi.ts";
import { configureCommittee, keyWitnesses } from "../../scripts/deploy/configure.ts";
import { createQuorateModule } from "../../scripts/deploy/modules/Quorate.ts";
import { passThroughTimelock, type TimelockedState } from "../../scripts/deploy/pass-through-timelock.ts";
import type { CommitteeRegistry, FeedHub } from "../../types/ethers-contracts/index.ts";
import { createTestCommittee } from "./support/committee.ts";
import { lowerAddress, mockVerifier } from "./support/network.ts";

const DELAY = 86_400;
const REGISTRY = new Interface(committeeRegistryAbi);

interface Governed {
  readonly connection: NetworkConnection;
  readonly registry: CommitteeRegistry;
  readonly hub: FeedHub;
  readonly timelock: Hex;
}

describe("a registry behind a timelock", () => {
  let governed: Governed;
  let deployer: Signer;
  let proposer: Signer;
  let executor: Signer;
  let guardian: Signer;

  beforeEach(async () => {
    const connection = await hardhatNetwork.create();
    const { ethers, ignition } = connection;
    [deployer, proposer, executor, guardian] = (await ethers.getSigners()) as readonly Signer[] as [
      Signer,
      Signer,
      Signer,
      Signer,
    ];
    const addressOf = async (signer: Signer) => (await signer.getAddress()).toLowerCase() as Hex;
    const deployed = await ignition.deploy(
      createQuorateModule({
        verifier: mockVerifier(),
        historyDepth: 0,
        guardian: await addressOf(guardian),
        timelock: {
          minDelay: DELAY,
          proposers: [await addressOf(proposer)],
          executors: [await addressOf(executor)],
        },
      }),
    );
    const addresses = deployed as Readonly<Record<string, { getAddress(): Promise<string> }>>;
    governed = {
      connection,
      registry: await ethers.getContractAt("CommitteeRegistry", await addresses.registry!.getAddress()),
      hub: await ethers.getContractAt("FeedHub", await addresses.hub!.getAddress()),
      timelock: await lowerAddress(addresses.timelock!),
    };
  });

  const domain = async () => ({
    chainId: 31337n,
    registry: await lowerAddress(governed.registry),
    hub: await lowerAddress(governed.hub),
  });
  /** Schedules a call of the registry, waits until it is due, and executes it. */
  const pass = async (method: string, args: readonly unknown[] = []): Promise<TimelockedState> => {
    await step(proposer, method, args);
    await governed.connection.networkHelpers.time.increase(DELAY);
    return step(executor, method, args);
  };
  const validUntil = async () => {
    const { validUntil } = await governed.hub.tenureOf(1);
    return validUntil;
  };
  const step = async (signer: Signer, method: string, args: readonly unknown[] = []) => {
    const data = REGISTRY.encodeFunctionData(method, args) as Hex;
    const target = await lowerAddress(governed.registry);
    return passThroughTimelock({ target, data }, { timelock: governed.timelock, signer });
  };

  it("is still the deployer's after the deployment, which puts the first committee in force, and then the timelock's", async () => {
    const { registry, timelock } = governed;
    expect(await registry.guardian()).to.equal(await guardian.getAddress());
    expect(await registry.owner()).to.equal(await deployer.getAddress());
    expect((await registry.pendingOwner()).toLowerCase()).to.equal(timelock);
    const { configuration } = createTestCommittee();
    const digest = await configureCommittee(configuration, { ...(await domain()), owner: deployer });

    const scheduled = await step(proposer, "acceptOwnership");
    const now = await governed.connection.networkHelpers.time.latest();
    expect(scheduled).to.deep.equal({ state: "waiting", readyAt: now + DELAY });
    expect(await step(executor, "acceptOwnership"), "waits").to.deep.equal(scheduled);
    expect(await registry.owner()).to.equal(await deployer.getAddress());
    await governed.connection.networkHelpers.time.increase(DELAY);
    expect(await step(executor, "acceptOwnership")).to.deep.equal({ state: "done" });

    expect((await registry.owner()).toLowerCase()).to.equal(timelock);
    expect(await registry.activeDigest()).to.equal(digest);
    await expect(registry.revoke(digest))
      .to.be.revertedWithCustomError(registry, "OwnableUnauthorizedAccount")
      .withArgs(await deployer.getAddress());
  });

  it("stages and activates a committee of 31 through it, each call in one transaction, while the guardian's pause waits for nothing", async () => {
    const { registry, connection } = governed;
    await pass("acceptOwnership");
    const { configuration } = createTestCommittee({ n: 31, f: 10, feeds: 32, lanes: 32 });
    const digest = configDigest(configuration, await domain());
    const scheduled = await step(proposer, "stage", [
      solidityConfiguration(configuration),
      keyWitnesses(configuration.members),
      [],
    ]);
    expect(scheduled.state).to.equal("waiting");
    await registry.connect(guardian).pause();
    expect(await registry.paused()).to.equal(true);

    await connection.networkHelpers.time.increase(DELAY);
    await step(executor, "stage", [solidityConfiguration(configuration), keyWitnesses(configuration.members), []]);
    await pass("activate", [digest]);
    expect(await registry.activeDigest()).to.equal(digest);
    expect(await validUntil(), "it came into force as paused").to.equal(0n);
    await expect(registry.connect(guardian).unpause()).to.be.revertedWithCustomError(
      registry,
      "OwnableUnauthorizedAccount",
    );
    await pass("unpause");
    expect(await validUntil()).to.equal(2n ** 32n - 1n);
  });

  it("takes nothing from whoever may not propose or execute", async () => {
    await expect(step(guardian, "acceptOwnership")).to.be.revert(governed.connection.ethers);
    await step(proposer, "acceptOwnership");
    await governed.connection.networkHelpers.time.increase(DELAY);
    await expect(step(guardian, "acceptOwnership")).to.be.revert(governed.connection.ethers);
    expect(await governed.registry.owner()).to.equal(await deployer.getAddress());
  });
});

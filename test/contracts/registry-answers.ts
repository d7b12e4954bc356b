import { expect } from "chai";
import { dataSlice, id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { configDigest, encodeConfiguration } from "../../core/codec/configuration.ts";
import { setRoot } from "../../core/codec/set-root.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createTestCommittee } from "./support/committee.ts";
import { createTestNetwork, type Snapshot, stage, type TestNetwork } from "./support/network.ts";

const FOR_EVER = 2n ** 32n - 1n;
const [UNKNOWN, ACTIVE] = [0n, 2n];
const NO_COMMITTEE = [ZeroAddress, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
const POSEIDON_OF_ONE_TO_FIVE = 6183221330272524995739186171720101788151706631170188140075976616310159254464n;

describe("CommitteeRegistry answers", () => {
  let network: TestNetwork;
  let fresh: Snapshot;
  before(async () => {
    network = await createTestNetwork();
    fresh = await network.connection.networkHelpers.takeSnapshot();
  });
  afterEach(() => fresh.restore());

  const nextOf = (options = {}) => createTestCommittee({ index: 2, seed: "next", ...options });
  const digestOf = (configuration: Configuration) => configDigest(configuration, network.domain);
  const stageNext = async (options = {}): Promise<Hex> => {
    const { configuration, schnorr } = nextOf(options);
    const possessions = schnorr?.possessions(network.domain, configuration.members) ?? [];
    await stage(network.registry, configuration, { possessions });
    return digestOf(configuration);
  };
  /** The generated types have none, because one of its fields is called length. */
  const tenureOf = async (index: number) =>
    (await network.hub.tenureOf(index)) as unknown as { readonly data: string; readonly provable: boolean };
  const deployWithoutHub = async () => {
    const [owner] = await network.connection.ethers.getSigners();
    return network.connection.ethers.deployContract("CommitteeRegistry", [owner!, network.poseidon]);
  };

  describe("who signs:", () => {
    const signs = (digest: Hex, key: string) => network.registry.isSigner(digest, key);

    it("every member of the configuration, and nobody else", async () => {
      for (const { address } of network.committee.signers) {
        expect(await signs(network.configDigest, address)).to.equal(true);
      }
      const strangers = [
        ZeroAddress,
        nextOf().signers[0]!.address,
        network.committee.configuration.members[0]!.transmitter,
      ];
      for (const stranger of strangers) expect(await signs(network.configDigest, stranger)).to.equal(false);
    });

    it("also of one that is staged, and of one that was revoked", async () => {
      const digest = await stageNext();
      const [signer] = nextOf().signers;
      expect(await signs(digest, signer!.address)).to.equal(true);
      await network.registry.revoke(digest);
      expect(await signs(digest, signer!.address)).to.equal(true);
    });

    it("not who is named like the beginning of a Schnorr key, which follows the signers", async () => {
      const digest = await stageNext({ scheme: "schnorr-group" });
      const { configuration, signers } = nextOf({ scheme: "schnorr-group" });
      const beginning = dataSlice(toBeHex(configuration.schnorrKeys[0]!.x, 32), 0, 20);
      expect(await signs(digest, beginning)).to.equal(false);
      expect(await signs(digest, signers.at(-1)!.address)).to.equal(true);
    });

    it("nobody of an unknown configuration", async () => {
      for (const key of [ZeroAddress, network.committee.signers[0]!.address]) {
        expect(await signs(id("unknown") as Hex, key)).to.equal(false);
      }
    });
  });

  describe("what it knows", () => {
    it("of an unknown configuration: nothing", async () => {
      for (const digest of [ZeroHash, id("unknown")]) {
        expect([...(await network.registry.committee(digest))]).to.deep.equal(NO_COMMITTEE);
        const { committee, state, verifier, setRoot: root } = await network.registry.statement(digest);
        expect([...committee]).to.deep.equal(NO_COMMITTEE);
        expect([state, verifier, root]).to.deep.equal([UNKNOWN, ZeroAddress, 0n]);
      }
    });

    it("of one that is in force", async () => {
      const { data } = await tenureOf(1);
      const known = [data, 4n, 1n, 8n, 8n, 10n, 1n, FOR_EVER];
      expect([...(await network.registry.committee(network.configDigest))]).to.deep.equal(known);
    });

    it("of one that waits, or was revoked, while another has its index: it is not valid", async () => {
      const [staged, revoked] = [await stageNext({ seed: "staged" }), await stageNext({ seed: "revoked" })];
      const active = await stageNext();
      await network.registry.activate(active);
      await network.registry.revoke(revoked);
      const validUntil = async (digest: Hex) => (await network.registry.committee(digest)).validUntil;
      expect([await validUntil(staged), await validUntil(revoked)]).to.deep.equal([0n, 0n]);
      expect(await validUntil(active)).to.equal(FOR_EVER);
    });
  });

  describe("with events", () => {
    it("which configuration retires, and until when", async () => {
      const { time } = network.connection.networkHelpers;
      const digest = await stageNext();
      const timestamp = (await time.latest()) + 10;
      await time.setNextBlockTimestamp(timestamp);
      await expect(network.registry.activate(digest))
        .to.emit(network.registry, "ConfigurationRetired")
        .withArgs(network.configDigest, timestamp + 3_600);
      expect(await network.registry.RETIREMENT_GRACE()).to.equal(3_600n);
    });

    it("and that none retires where none was in force", async () => {
      await network.registry.revoke(network.configDigest);
      const digest = await stageNext();
      await expect(network.registry.activate(digest)).to.not.emit(network.registry, "ConfigurationRetired");
      expect((await network.registry.statement(ZeroHash)).state).to.equal(UNKNOWN);
      expect((await network.registry.statement(digest)).state).to.equal(ACTIVE);
    });
  });

  describe("by the verifier of a shape", () => {
    const offer = async (nMax: number, k: number, lanes = 8) => {
      const verifier = await network.connection.ethers.deployContract("MockMedianVerifier", [nMax, k, lanes]);
      const address = await verifier.getAddress();
      await expect(network.registry.setVerifier(verifier))
        .to.emit(network.registry, "VerifierSet")
        .withArgs(k, lanes, address);
      expect(await network.registry.verifierFor(k, lanes)).to.equal(address);
      return address;
    };
    const provable = async (index: number) => (await tenureOf(index)).provable;

    it("of k = 2f + 1 keys and as many lanes, and of no other", async () => {
      const offered = new Map<number, string>();
      for (const k of [2, 4, 5, 6, 7]) offered.set(k, await offer(7, k));
      const digest = await stageNext({ n: 7, f: 2 });
      const { verifier, setRoot: root } = await network.registry.statement(digest);
      expect(verifier).to.equal(offered.get(5));
      const observers = nextOf({ n: 7, f: 2 }).configuration.members.map(({ observer }) => observer);
      expect(root).to.equal(setRoot(observers, 7));
      await network.registry.activate(digest);
      expect([await provable(1), await provable(2)]).to.deep.equal([true, true]);
    });

    it("that has room for all members", async () => {
      const exact = await offer(7, 5);
      expect((await network.registry.statement(await stageNext({ n: 7, f: 2 }))).verifier).to.equal(exact);
      await offer(6, 5);
      await expect(stageNext({ n: 7, f: 2, seed: "another" }))
        .to.be.revertedWithCustomError(network.registry, "CommitteeExceedsVerifier")
        .withArgs(7, 6);
    });

    it("of at most 32 lanes, even where one is offered for more", async () => {
      const [most, more] = [await offer(4, 3, 32), await offer(4, 3, 33)];
      const verifierOf = async (lanes: number) =>
        (await network.registry.statement(await stageNext({ feeds: 1, lanes }))).verifier;
      expect([await verifierOf(32), await verifierOf(33)]).to.deep.equal([most, ZeroAddress]);
      expect(await network.registry.verifierFor(3, 33)).to.equal(more);
    });

    it("whether the hub may record its reports", async () => {
      await network.registry.activate(await stageNext({ n: 7, f: 2 }));
      expect([await provable(1), await provable(2)]).to.deep.equal([true, false]);
    });
  });

  describe("without a hub", () => {
    it("that it has none, whatever it is asked to do", async () => {
      const registry = await deployWithoutHub();
      for (const call of [
        () => stage(registry, network.committee.configuration),
        () => registry.publish("0x1234"),
        () => registry.pause(),
        () => registry.unpause(),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(registry, "HubNotSet");
      }
    });

    it("which one it is given", async () => {
      const registry = await deployWithoutHub();
      const hub = await network.connection.ethers.deployContract("FeedHub", [registry, 0]);
      const address = await hub.getAddress();
      await expect(registry.setHub(hub)).to.emit(registry, "HubSet").withArgs(address);
      expect(await registry.hub()).to.equal(address);
      await expect(registry.setHub(hub)).to.be.revertedWithCustomError(registry, "HubAlreadySet").withArgs(address);
    });

    it("what another Poseidon gave, and what it should have", async () => {
      const { ethers } = network.connection;
      const [owner] = await ethers.getSigners();
      const wrong = await ethers.deployContract("MockPoseidon");
      const given = await wrong.hash([1, 2, 3, 4, 5]);
      const factory = await ethers.getContractFactory("CommitteeRegistry");
      await expect(factory.deploy(owner!.address, wrong))
        .to.be.revertedWithCustomError(factory, "WrongPoseidon")
        .withArgs(given, POSEIDON_OF_ONE_TO_FIVE);
      expect(await (await deployWithoutHub()).poseidon()).to.equal(await network.poseidon.getAddress());
    });
  });

  it("under one digest however often an encoding comes, and keeps it once", async () => {
    const { registry, connection } = network;
    const { configuration } = nextOf();
    const encoded = encodeConfiguration(configuration);
    const creations = () => connection.ethers.provider.getTransactionCount(registry);
    const before = await creations();
    expect(await registry.publish.staticCall(encoded)).to.equal(digestOf(configuration));
    await registry.publish(encoded);
    expect(await creations()).to.equal(before + 1);
    await registry.publish(encoded);
    expect(await creations()).to.equal(before + 1);
    await stage(registry, configuration);
    expect(await creations(), "what the hub needs is kept too").to.equal(before + 2);
    expect(await registry.configurationOf(digestOf(configuration))).to.equal(encoded);
  });
});

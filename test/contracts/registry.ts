import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";
import { configDigest, decodeConfiguration, encodeConfiguration } from "../../core/codec/configuration.ts";
import { setRoot } from "../../core/codec/set-root.ts";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import type { Configuration, Member } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Point } from "../../core/types/observation.ts";
import { keyWitnesses } from "../../scripts/deploy/configure.ts";
import { readVectors, revive } from "../support/vectors.ts";
import { createTestCommittee } from "./support/committee.ts";
import { createTestNetwork, type Snapshot, stage, type TestNetwork } from "./support/network.ts";

const [STAGED, ACTIVE, RETIRED, REVOKED] = [1n, 2n, 3n, 4n];
const FOR_EVER = 2n ** 32n - 1n;
/** A point of order two: on the curve, outside the prime subgroup, x = 0. */
const MINUS_ONE: Point = { x: 0n, y: FIELD_MODULUS - 1n };

describe("CommitteeRegistry", () => {
  let network: TestNetwork;
  let fresh: Snapshot;

  before(async () => {
    network = await createTestNetwork();
    fresh = await network.connection.networkHelpers.takeSnapshot();
  });
  afterEach(() => fresh.restore());

  const nextOf = (options = {}) => createTestCommittee({ index: 2, seed: "next", ...options }).configuration;
  const digestOf = (configuration: Configuration) => configDigest(configuration, network.domain);
  const stateOf = async (digest: Hex) => (await network.registry.statement(digest)).state;

  describe("keeps a configuration", () => {
    it("whole, under the digest that TypeScript computes", async () => {
      const { configuration } = network.committee;
      const encoded = (await network.registry.configurationOf(network.configDigest)) as Hex;
      expect(encoded).to.equal(encodeConfiguration(configuration));
      expect(decodeConfiguration(encoded)).to.deep.equal(configuration);
      expect(await network.registry.configDigestOf(encoded)).to.equal(digestOf(configuration));
      expect(network.configDigest).to.equal(digestOf(configuration));
    });

    it("with what the hub needs in one call", async () => {
      const { committee, state, verifier, setRoot: root } = await network.registry.statement(network.configDigest);
      expect([...committee].slice(1)).to.deep.equal([4n, 1n, 8n, 8n, 10n, 1n, FOR_EVER]);
      expect([state, verifier]).to.deep.equal([ACTIVE, await network.verifier.getAddress()]);
      expect(root).to.equal(
        setRoot(
          network.committee.configuration.members.map(({ observer }) => observer),
          4,
        ),
      );
    });

    it("with the set root of TypeScript for full, padded and odd key lists", async () => {
      const harness = await network.connection.ethers.deployContract("CommitteeHarness");
      const { members } = nextOf({ n: 7, f: 2 });
      for (const [n, nMax] of [
        [4, 4],
        [4, 5],
        [5, 5],
        [5, 7],
        [7, 7],
        [4, 16],
      ] as const) {
        const chosen = members.slice(0, n);
        const expected = setRoot(
          chosen.map(({ observer }) => observer),
          nMax,
        );
        expect(await harness.setRoot(network.poseidon, chosen, nMax), `${n} of ${nMax}`).to.equal(expected);
      }
    });

    it("with the set roots of the shared vectors", async () => {
      const harness = await network.connection.ethers.deployContract("CommitteeHarness");
      const [member] = nextOf({ n: 7, f: 2 }).members;
      const { setRoots } = revive(readVectors("poseidon")) as {
        setRoots: readonly { readonly nMax: number; readonly keys: readonly Point[]; readonly root: bigint }[];
      };
      for (const { nMax, keys, root } of setRoots) {
        const members = keys.map((observer) => ({ ...member!, observer }));
        expect(await harness.setRoot(network.poseidon, members, nMax), `${keys.length} of ${nMax}`).to.equal(root);
      }
    });

    it("of the greatest size, within one transaction's gas", async () => {
      const big = await createTestNetwork({ n: 31, f: 10, feeds: 32, lanes: 32 });
      const { configuration } = big.committee;
      expect(decodeConfiguration((await big.registry.configurationOf(big.configDigest)) as Hex)).to.deep.equal(
        configuration,
      );
    });

    it("without a verifier: such a committee only signs", async () => {
      const configuration = nextOf({ n: 7, f: 2 });
      await stage(network.registry, configuration);
      const { verifier, setRoot: root } = await network.registry.statement(digestOf(configuration));
      expect([verifier, root]).to.deep.equal([ZeroAddress, 0n]);
    });
  });

  describe("moves a configuration", () => {
    it("from staged to active, and its predecessor to retired with a deadline", async () => {
      const configuration = nextOf();
      const digest = digestOf(configuration);
      await expect(stage(network.registry, configuration))
        .to.emit(network.registry, "ConfigurationStaged")
        .withArgs(digest, 2, await network.verifier.getAddress(), (root: bigint) => root > 0n);
      expect(await stateOf(digest)).to.equal(STAGED);
      expect((await network.registry.committee(digest)).validUntil).to.equal(0n);
      await expect(network.registry.activate(digest))
        .to.emit(network.registry, "ConfigurationActivated")
        .withArgs(digest, 2, network.configDigest);
      const deadline = BigInt(await network.connection.networkHelpers.time.latest()) + 3_600n;
      expect([await stateOf(digest), await stateOf(network.configDigest)]).to.deep.equal([ACTIVE, RETIRED]);
      expect((await network.registry.committee(network.configDigest)).validUntil).to.equal(deadline);
      expect([await network.registry.activeDigest(), await network.registry.latestIndex()]).to.deep.equal([digest, 2n]);
    });

    it("to revoked from every other state, for ever", async () => {
      const [staged, active] = [nextOf({ seed: "a" }), nextOf({ seed: "b" })];
      for (const configuration of [staged, active]) await stage(network.registry, configuration);
      await network.registry.activate(digestOf(active));
      for (const digest of [digestOf(staged), network.configDigest, digestOf(active)]) {
        expect(await network.registry.activeDigest(), "others leave the active one alone").to.equal(digestOf(active));
        await expect(network.registry.revoke(digest))
          .to.emit(network.registry, "ConfigurationRevoked")
          .withArgs(digest);
        expect([await stateOf(digest), (await network.registry.committee(digest)).validUntil]).to.deep.equal([
          REVOKED,
          0n,
        ]);
        await expect(network.registry.activate(digest)).to.be.revertedWithCustomError(network.registry, "WrongState");
        await expect(network.registry.revoke(digest))
          .to.be.revertedWithCustomError(network.registry, "WrongState")
          .withArgs(digest, REVOKED);
      }
      expect([await network.registry.activeDigest(), await network.registry.latestIndex()]).to.deep.equal([
        ZeroHash,
        2n,
      ]);
      const third = nextOf({ index: 3 });
      await stage(network.registry, third);
      await expect(network.registry.activate(digestOf(third)))
        .to.emit(network.registry, "ConfigurationActivated")
        .withArgs(digestOf(third), 3, ZeroHash);
    });

    it("only forward: one of several candidates for an index comes into force", async () => {
      const [one, other] = [nextOf({ seed: "one" }), nextOf({ seed: "other" })];
      await stage(network.registry, one);
      await stage(network.registry, other);
      await network.registry.activate(digestOf(one));
      await expect(network.registry.activate(digestOf(other)))
        .to.be.revertedWithCustomError(network.registry, "WrongIndex")
        .withArgs(2, 3);
      await expect(network.registry.activate(digestOf(one))).to.be.revertedWithCustomError(
        network.registry,
        "WrongState",
      );
    });

    it("never from unknown", async () => {
      const unknown = id("unknown");
      for (const call of [
        () => network.registry.activate(unknown),
        () => network.registry.revoke(unknown),
        () => network.registry.configurationOf(unknown),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(network.registry, "WrongState").withArgs(unknown, 0);
      }
    });
  });

  describe("refuses a configuration with", () => {
    const withMember =
      (change: Partial<Member>, position = 3) =>
      (configuration: Configuration) => ({
        ...configuration,
        members: configuration.members.map((member, i) => (i === position ? { ...member, ...change } : member)),
      });
    const first = createTestCommittee({ index: 2, seed: "next" }).configuration.members[0]!;
    const cases: readonly { name: string; error: string; change: (configuration: Configuration) => Configuration }[] = [
      { name: "its predecessor's index", error: "WrongIndex", change: (c) => ({ ...c, index: 1 }) },
      { name: "an index that leaves one out", error: "WrongIndex", change: (c) => ({ ...c, index: 3 }) },
      { name: "n = 3f", error: "UnsafeCommittee", change: (c) => ({ ...c, members: c.members.slice(0, 3) }) },
      { name: "an observer key twice", error: "DuplicateKey", change: withMember({ observer: first.observer }) },
    ];

    for (const { name, error, change } of cases) {
      it(`${name}: ${error}`, async () => {
        const configuration = change(nextOf());
        await expect(stage(network.registry, configuration)).to.be.revertedWithCustomError(network.registry, error);
      });
    }

    it("a digest that is known already: WrongState", async () => {
      await stage(network.registry, nextOf());
      await expect(stage(network.registry, nextOf())).to.be.revertedWithCustomError(network.registry, "WrongState");
      await network.registry.revoke(digestOf(nextOf()));
      await expect(stage(network.registry, nextOf())).to.be.revertedWithCustomError(network.registry, "WrongState");
    });

    it("more members than the verifier of its shape has keys: CommitteeExceedsVerifier", async () => {
      await expect(stage(network.registry, nextOf({ n: 5 })))
        .to.be.revertedWithCustomError(network.registry, "CommitteeExceedsVerifier")
        .withArgs(5, 4);
    });

    const keys: readonly {
      name: string;
      error: string;
      key: (good: Point) => Point;
      witness?: (good: Point) => Point;
    }[] = [
      { name: "x ≥ p", error: "ObserverKeyOutOfField", key: ({ x, y }) => ({ x: x + FIELD_MODULUS, y }) },
      { name: "y ≥ p", error: "ObserverKeyOutOfField", key: ({ x, y }) => ({ x, y: y + FIELD_MODULUS }) },
      { name: "a point off the curve", error: "ObserverKeyOffCurve", key: ({ x, y }) => ({ x, y: y + 1n }) },
      { name: "the neutral element", error: "ObserverKeyNeutral", key: () => ({ x: 0n, y: 1n }) },
      { name: "the point of order two", error: "ObserverKeyNeutral", key: () => MINUS_ONE },
      {
        name: "a key plus the point of order two",
        error: "ObserverKeyOutsideSubgroup",
        key: ({ x, y }) => ({ x: FIELD_MODULUS - x, y: FIELD_MODULUS - y }),
      },
      {
        name: "a key outside the subgroup with the witness (0, 0), which doubles to (0, 0, 0)",
        error: "ObserverKeyOutsideSubgroup",
        key: ({ x, y }) => ({ x: FIELD_MODULUS - x, y: FIELD_MODULUS - y }),
        witness: () => ({ x: 0n, y: 0n }),
      },
      {
        name: "a key whose y is mirrored",
        error: "ObserverKeyOutsideSubgroup",
        key: ({ x, y }) => ({ x, y: FIELD_MODULUS - y }),
      },
      {
        name: "the opposite of the witness's key",
        error: "ObserverKeyOutsideSubgroup",
        key: ({ x, y }) => ({ x: FIELD_MODULUS - x, y }),
      },
      {
        name: "another key's witness",
        error: "ObserverKeyOutsideSubgroup",
        key: (good) => good,
        witness: ({ x, y }) => ({ x: FIELD_MODULUS - x, y }),
      },
      {
        name: "a witness off the curve",
        error: "ObserverKeyOutsideSubgroup",
        key: (good) => good,
        witness: ({ x, y }) => ({ x, y: y + 1n }),
      },
    ];
    for (const { name, error, key, witness } of keys) {
      it(`${name} as observer key: ${error}`, async () => {
        const good = nextOf();
        const eighths = keyWitnesses(good.members);
        if (witness) eighths[3] = witness(eighths[3]!);
        const bad = withMember({ observer: key(good.members[3]!.observer) })(good);
        await expect(stage(network.registry, bad, { eighths })).to.be.revertedWithCustomError(network.registry, error);
      });
    }

    it("fewer or more witnesses than members: WrongWitnessCount", async () => {
      const configuration = nextOf();
      const eighths = keyWitnesses(configuration.members);
      for (const given of [eighths.slice(1), [...eighths, eighths[0]!]]) {
        await expect(stage(network.registry, configuration, { eighths: given }))
          .to.be.revertedWithCustomError(network.registry, "WrongWitnessCount")
          .withArgs(given.length, 4);
      }
    });
  });

  describe("obeys its owner alone", () => {
    it("in everything that changes it", async () => {
      const [, stranger] = await network.connection.ethers.getSigners();
      const registry = network.registry.connect(stranger);
      for (const call of [
        () => stage(registry, nextOf()),
        () => registry.activate(network.configDigest),
        () => registry.revoke(network.configDigest),
        () => registry.setHub(network.hub),
        () => registry.setVerifier(network.verifier),
        () => registry.clearVerifier(3, 8),
        () => registry.setGuardian(stranger!),
        () => registry.unpause(),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(registry, "OwnableUnauthorizedAccount")
          .withArgs(stranger!.address);
      }
    });

    it("and passes on in two steps", async () => {
      const [owner, heir] = await network.connection.ethers.getSigners();
      await network.registry.transferOwnership(heir!);
      expect(await network.registry.owner()).to.equal(owner!.address);
      await network.registry.connect(heir).acceptOwnership();
      expect(await network.registry.owner()).to.equal(heir!.address);
    });
  });

  describe("is wired", () => {
    it("to one hub, once, and only to a hub of its own", async () => {
      const { ethers } = network.connection;
      const [owner] = await ethers.getSigners();
      const unwired = await ethers.deployContract("CommitteeRegistry", [owner!.address, network.poseidon]);
      await expect(stage(unwired, network.committee.configuration)).to.be.revertedWithCustomError(unwired, "HubNotSet");
      await expect(unwired.setHub(network.hub))
        .to.be.revertedWithCustomError(unwired, "ForeignHub")
        .withArgs(await network.hub.getAddress(), await network.registry.getAddress());
      await expect(network.registry.setHub(network.hub))
        .to.be.revertedWithCustomError(network.registry, "HubAlreadySet")
        .withArgs(await network.hub.getAddress());
    });

    it("to circomlib's Poseidon and no other", async () => {
      const { ethers } = network.connection;
      const [owner] = await ethers.getSigners();
      const wrong = await ethers.deployContract("MockPoseidon");
      const factory = await ethers.getContractFactory("CommitteeRegistry");
      await expect(factory.deploy(owner!.address, await wrong.getAddress())).to.be.revertedWithCustomError(
        factory,
        "WrongPoseidon",
      );
    });

    it("to the verifier of each shape", async () => {
      expect(await network.registry.verifierFor(3, 8)).to.equal(await network.verifier.getAddress());
      await expect(network.registry.clearVerifier(3, 8))
        .to.emit(network.registry, "VerifierSet")
        .withArgs(3, 8, ZeroAddress);
      expect(await network.registry.verifierFor(3, 8)).to.equal(ZeroAddress);
    });
  });
});

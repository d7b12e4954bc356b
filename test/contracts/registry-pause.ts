import { expect } from "chai";
import { ZeroAddress } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import { feedLeafProof } from "../../core/codec/feed-leaf-proof.ts";
import { configDigest } from "../../core/codec/configuration.ts";
import { configureCommittee } from "../../scripts/deploy/configure.ts";
import { createTestCommittee } from "./support/committee.ts";
import { bindingOf, mockProof, proveWithMock } from "./support/mock-proof.ts";
import { createTestNetwork, type Snapshot, stage, type TestNetwork } from "./support/network.ts";
import { claimOf, signReport, updateOf, type SignedReport } from "./support/signed-report.ts";

const MAX_AGE = 20_000;
const FOR_EVER = 2n ** 32n - 1n;
const GRACE = 3_600;

describe("a committee that may not report", () => {
  let network: TestNetwork;
  let fresh: Snapshot;

  before(async () => {
    network = await createTestNetwork();
    fresh = await network.connection.networkHelpers.takeSnapshot();
  });
  afterEach(() => fresh.restore());

  const owner = async () => (await network.connection.ethers.getSigners())[0]!;
  const succeed = async (index: number, activated = true): Promise<TestNetwork> => {
    const committee = createTestCommittee({ index, seed: `successor ${index}` });
    if (!activated) await stage(network.registry, committee.configuration);
    else await configureCommittee(committee.configuration, { ...network.domain, owner: await owner() });
    return { ...network, committee, configDigest: configDigest(committee.configuration, network.domain) };
  };
  const transmit = (signed: SignedReport) => network.hub.transmit(updateOf(signed, 0xff));
  const report = async (of: TestNetwork, round: number) => transmit(await signReport(of, { round }));
  const tenure = async (index: number) => {
    const { validUntil, heldUntil } = await network.hub.tenureOf(index);
    return [validUntil, heldUntil];
  };

  /** One call of each function that takes reports, claims or proofs, about a report that is recorded under index 1. */
  const calls = (of: TestNetwork, signed: SignedReport): Readonly<Record<string, () => Promise<unknown>>> => {
    const { hub } = of;
    const feedIds = of.committee.configuration.feeds.map(({ id }) => id);
    const { feeds, report } = signed;
    const path = feedLeafProof({ feeds, feedIds, observedAt: report.observedAt }, 2);
    const leaves = [{ value: feeds.values[2]!, path }];
    const unsigned = claimOf({ ...signed, signatures: "0x" }, leaves);
    const binding = bindingOf(of, signed);
    return {
      transmit: () => hub.transmit.staticCall(updateOf(signed, 1)),
      transmitProven: () => hub.transmitProven.staticCall(updateOf(signed, 1), mockProof(binding), binding.commitment),
      verify: () => hub.verify(feedIds[2]!, 0n, MAX_AGE, claimOf(signed, leaves)),
      verifyMany: () => hub.verifyMany([feedIds[2]!], 0n, MAX_AGE, claimOf(signed, leaves)),
      verifyAgainstStored: () => hub.verifyAgainstStored(1, feedIds[2]!, 0n, MAX_AGE, unsigned),
      prove: () => proveWithMock(of, { signed, index: 1 }),
    };
  };
  const expectEach = async (signed: SignedReport, errors: Readonly<Record<string, string | undefined>>) => {
    for (const [name, call] of Object.entries(calls(network, signed))) {
      const error = errors[name];
      if (error === undefined) await call();
      else await expect(call(), name).to.be.revertedWithCustomError(network.hub, error);
    }
  };

  const states: readonly {
    readonly name: string;
    readonly make: () => Promise<unknown>;
    /** Of calls with a report that comes in now, and of calls with one that the hub has recorded. */
    readonly incoming: string | undefined;
    readonly recorded: string | undefined;
  }[] = [
    { name: "is in force", make: () => Promise.resolve(), incoming: undefined, recorded: undefined },
    {
      name: "was revoked",
      make: () => network.registry.revoke(network.configDigest),
      incoming: "CommitteeNotValid",
      recorded: "CommitteeRevoked",
    },
    {
      name: "was revoked after it had retired",
      make: async () => {
        await succeed(2);
        await network.registry.revoke(network.configDigest);
      },
      incoming: "CommitteeNotValid",
      recorded: "CommitteeRevoked",
    },
    {
      name: "is over by its successor's report",
      make: async () => report(await succeed(2), 1),
      incoming: "CommitteeNotValid",
      recorded: undefined,
    },
    {
      name: "is over by its deadline",
      make: async () => {
        await succeed(2);
        await network.connection.networkHelpers.time.increase(GRACE + 1);
      },
      incoming: "CommitteeNotValid",
      recorded: undefined,
    },
    {
      name: "is paused",
      make: () => network.registry.pause(),
      incoming: "CommitteePaused",
      recorded: "CommitteePaused",
    },
    {
      name: "is paused in its grace",
      make: async () => {
        await succeed(2);
        await network.registry.pause();
      },
      incoming: "CommitteePaused",
      recorded: "CommitteePaused",
    },
    {
      name: "was over before the pause",
      make: async () => {
        await report(await succeed(2), 1);
        await network.registry.pause();
      },
      incoming: "CommitteeNotValid",
      recorded: "CommitteePaused",
    },
    {
      name: "was paused and revoked",
      make: async () => {
        await network.registry.pause();
        await network.registry.revoke(network.configDigest);
      },
      incoming: "CommitteeNotValid",
      recorded: "CommitteeRevoked",
    },
    {
      name: "was paused, and is no more",
      make: async () => {
        await network.registry.pause();
        await network.registry.unpause();
      },
      incoming: undefined,
      recorded: undefined,
    },
  ];
  for (const { name, make, incoming, recorded } of states) {
    it(`finds every function of the hub agreed when it ${name}`, async () => {
      const signed = await signReport(network, { round: 1 });
      await transmit(signed);
      await make();
      const errors = { transmit: incoming, transmitProven: incoming, verify: incoming, verifyMany: incoming };
      await expectEach(signed, { ...errors, verifyAgainstStored: recorded, prove: recorded });
    });
  }

  describe("because of a pause", () => {
    it("is stopped by guardian or owner, and let go on by the owner alone", async () => {
      const [first, guardian, stranger] = await network.connection.ethers.getSigners();
      const { registry } = network;
      await expect(registry.connect(guardian).pause())
        .to.be.revertedWithCustomError(registry, "NeitherGuardianNorOwner")
        .withArgs(guardian!.address);
      await expect(registry.setGuardian(guardian!)).to.emit(registry, "GuardianSet").withArgs(guardian!.address);
      expect(await registry.guardian()).to.equal(guardian!.address);
      for (const signer of [guardian!, first!]) {
        await expect(registry.connect(signer).pause()).to.emit(registry, "Paused").withArgs(signer.address);
        expect(await registry.paused()).to.equal(true);
        for (const other of [guardian, stranger]) {
          await expect(registry.connect(other).unpause())
            .to.be.revertedWithCustomError(registry, "OwnableUnauthorizedAccount")
            .withArgs(other!.address);
        }
        await expect(registry.unpause()).to.emit(registry, "Unpaused").withArgs(first!.address);
        expect(await registry.paused()).to.equal(false);
      }
      await registry.setGuardian(ZeroAddress);
      await expect(registry.connect(guardian).pause()).to.be.revertedWithCustomError(
        registry,
        "NeitherGuardianNorOwner",
      );
    });

    it("is not stopped or let go on twice: PauseUnchanged", async () => {
      const { registry } = network;
      await expect(registry.unpause()).to.be.revertedWithCustomError(registry, "PauseUnchanged").withArgs(false);
      await registry.pause();
      await expect(registry.pause()).to.be.revertedWithCustomError(registry, "PauseUnchanged").withArgs(true);
    });

    it("needs a hub to pause: HubNotSet", async () => {
      const unwired = await network.connection.ethers.deployContract("CommitteeRegistry", [
        await owner(),
        network.poseidon,
      ]);
      await expect(unwired.pause()).to.be.revertedWithCustomError(unwired, "HubNotSet");
    });

    it("keeps what is stored readable", async () => {
      const signed = await signReport(network, { round: 1 });
      await transmit(signed);
      await proveWithMock(network, { signed, index: 1 });
      await network.registry.pause();
      const [feed] = network.committee.configuration.feeds;
      const value = signed.feeds.values[0];
      expect((await network.hub.latest(feed!.id)).value).to.equal(value);
      expect((await network.hub.latestProven(feed!.id)).value).to.equal(value);
      expect((await network.hub.latestAndProven(feed!.id)).proven).to.equal(true);
    });

    it("looks the same in the registry, so that its nodes do not take it for over", async () => {
      await network.registry.pause();
      const { committee, state } = await network.registry.statement(network.configDigest);
      expect([state, committee.validUntil]).to.deep.equal([2n, FOR_EVER]);
      expect(await tenure(1)).to.deep.equal([0n, FOR_EVER]);
    });

    it("has its hour of retirement go on: what is left of it is left after the pause", async () => {
      await report(network, 1);
      const { time } = network.connection.networkHelpers;
      const successor = await succeed(2);
      const deadline = BigInt(await time.latest()) + BigInt(GRACE);
      await network.registry.pause();
      expect([await tenure(1), await tenure(2)]).to.deep.equal([
        [0n, deadline],
        [0n, FOR_EVER],
      ]);
      await time.increase(GRACE / 2);
      await network.registry.unpause();
      expect(await tenure(1)).to.deep.equal([deadline, 0n]);
      await report(network, 2);
      await network.registry.pause();
      await time.increase(GRACE / 2);
      await network.registry.unpause();
      await expect(report(network, 3)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
      await report(successor, 1);
      expect(await tenure(2)).to.deep.equal([FOR_EVER, 0n]);
    });

    it("can be followed by others meanwhile, which wait too, however many are in their grace", async () => {
      await report(network, 1);
      const { time } = network.connection.networkHelpers;
      const second = await succeed(2);
      await network.registry.pause();
      await network.connection.networkHelpers.time.increase(60);
      const third = await succeed(3);
      const retired = BigInt(await time.latest()) + BigInt(GRACE);
      for (const one of [network, second, third]) {
        await expect(report(one, 9)).to.be.revertedWithCustomError(network.hub, "CommitteePaused");
      }
      expect((await network.registry.committee(second.configDigest)).validUntil).to.equal(retired);
      await network.registry.unpause();
      expect([await tenure(2), await tenure(3)]).to.deep.equal([
        [retired, 0n],
        [FOR_EVER, 0n],
      ]);
      await report(network, 2);
      await report(second, 1);
      await expect(report(network, 3)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
      await report(third, 1);
      await expect(report(second, 2)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });

    it("may be revoked meanwhile, and then the pause's end brings it no life", async () => {
      const next = await succeed(2);
      await network.registry.pause();
      await network.registry.revoke(network.configDigest);
      await network.registry.revoke(next.configDigest);
      await network.registry.unpause();
      for (const one of [network, next]) {
        await expect(report(one, 1)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
      }
      expect([await tenure(1), await tenure(2)]).to.deep.equal([
        [0n, 0n],
        [0n, 0n],
      ]);
    });

    it("may be staged meanwhile", async () => {
      await network.registry.pause();
      const staged = await succeed(2, false);
      await network.registry.unpause();
      await expect(report(staged, 1)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });
  });

  describe("because of another", () => {
    it("leaves the active one alone when a candidate of the same index is revoked", async () => {
      const candidate = createTestCommittee({ index: 2, seed: "candidate" }).configuration;
      await stage(network.registry, candidate);
      const active = await succeed(2);
      const before = await network.hub.tenureOf(2);
      await network.registry.revoke(configDigest(candidate, network.domain));
      expect([...(await network.hub.tenureOf(2))]).to.deep.equal([...before]);
      expect(await network.registry.activeDigest()).to.equal(active.configDigest);
      expect((await network.registry.statement(active.configDigest)).state).to.equal(2n);
      await report(active, 1);
    });

    it("is retired by each of two activations within one grace, and each keeps its own hour", async () => {
      const { time } = network.connection.networkHelpers;
      const second = await succeed(2);
      const first = BigInt(await time.latest()) + BigInt(GRACE);
      await time.increase(GRACE / 2);
      const third = await succeed(3);
      const later = BigInt(await time.latest()) + BigInt(GRACE);
      const validUntil = async (digest: Hex) => (await network.registry.committee(digest)).validUntil;
      expect([await validUntil(network.configDigest), await validUntil(second.configDigest)]).to.deep.equal([
        first,
        later,
      ]);
      for (const one of [network, second]) await report(one, 1);
      await expect(report(network, 2)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
      await report(second, 2);
      await report(third, 1);
      await expect(report(second, 3)).to.be.revertedWithCustomError(network.hub, "CommitteeNotValid");
    });
  });

  it("can not come about for want of an owner: OwnerNeeded", async () => {
    await expect(network.registry.renounceOwnership()).to.be.revertedWithCustomError(network.registry, "OwnerNeeded");
  });
});

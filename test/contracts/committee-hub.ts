import { expect } from "chai";
import { concat, getAddress, id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import type { Hex } from "../../core/types/hex.ts";
import { sequenceOf } from "../../core/types/sequence.ts";
import type { CommitteeHubHarness } from "../../types/ethers-contracts/index.ts";

const FOR_EVER = 2n ** 32n - 1n;
const LENGTH = 96n;
/** Time enough that nothing ends in these tests by itself. */
const LATER = 2n ** 31n;
/** Positions in a tenure. */
const [VALID_UNTIL, REPORTED, REVOKED, HELD_UNTIL] = [2, 4, 5, 6];
const NEVER_INSTALLED = [ZeroAddress, 0n, 0n, false, false, false, 0n];

describe("CommitteeHub", () => {
  let connection: NetworkConnection;
  /** Its registry is the first account. */
  let hub: CommitteeHubHarness;
  beforeEach(async () => {
    connection = await network.create();
    const [registry] = await connection.ethers.getSigners();
    hub = await connection.ethers.deployContract("CommitteeHubHarness", [registry!]);
  });

  const dataAt = (index: number) => getAddress(toBeHex(0xda7a00 + index, 20));
  const digestAt = (index: number) => id(`configuration ${index}`) as Hex;
  const slot = (index: number) => sequenceOf({ configIndex: index, epoch: 3, round: 1 });
  /** Puts a configuration in force whose data begins with its digest. */
  const install = async (index: number, { retiredUntil = LATER, provable = false } = {}) => {
    await connection.networkHelpers.setCode(dataAt(index), concat(["0x00", digestAt(index), ZeroHash, ZeroHash]));
    return hub.install(index, dataAt(index), LENGTH, provable, retiredUntil);
  };
  /** The struct as a list: the generated types have none, because one of its fields is called length. */
  const fieldsOf = async (index: number) => [...((await hub.tenureOf(index)) as readonly unknown[])];
  const tenure = async (index: number) => {
    const fields = await fieldsOf(index);
    return [fields[VALID_UNTIL], fields[HELD_UNTIL]];
  };
  const wordOf = async (index: number) => (await hub.openTenure(slot(index))).tenure;
  const report = async (index: number) => hub.noteReport(slot(index), await wordOf(index));
  const now = async () => BigInt(await connection.networkHelpers.time.latest());
  const refuses = async (call: () => Promise<unknown>, error: string, args: readonly unknown[]) =>
    expect(call())
      .to.be.revertedWithCustomError(hub, error)
      .withArgs(...args);

  it("obeys its registry alone", async () => {
    const [registry, stranger] = await connection.ethers.getSigners();
    expect(await hub.registry()).to.equal(registry!.address);
    const other = hub.connect(stranger);
    await install(1);
    for (const call of [
      () => other.install(2, dataAt(2), LENGTH, false, LATER),
      () => other.dismiss(1),
      () => other.acceptReports(false),
    ]) {
      await refuses(call, "OnlyRegistry", [stranger!.address]);
    }
  });

  describe("counts leading zeros when it is deployed", () => {
    const deployFrom = async (address: string) => {
      await connection.networkHelpers.impersonateAccount(address);
      await connection.networkHelpers.setBalance(address, 10n ** 20n);
      const factory = await connection.ethers.getContractFactory("CommitteeHubHarness");
      return factory.connect(await connection.ethers.getSigner(address)).deploy(ZeroAddress);
    };

    it("of 1, whichever account deploys it", async () => {
      for (const address of [toBeHex(1, 20), toBeHex(2, 20), toBeHex(2n ** 160n - 1n, 20)]) {
        const { target } = await deployFrom(address);
        expect(await connection.ethers.provider.getCode(target)).to.not.equal("0x");
      }
    });

    it("and does not come about where that is not 255", async () => {
      await expect(deployFrom(ZeroAddress)).to.be.revertedWithPanic(0x01);
      const { ethers } = await network.create({ override: { hardfork: "prague" } });
      await expect(ethers.deployContract("CommitteeHubHarness", [ZeroAddress])).to.be.revert(ethers);
    });
  });

  describe("puts configurations in force", () => {
    it("in the order of their indices", async () => {
      for (const index of [0, 2, 65_535]) await refuses(() => install(index), "WrongInstallation", [index, 1]);
      await install(1);
      for (const index of [0, 1, 3]) await refuses(() => install(index), "WrongInstallation", [index, 2]);
      expect(await hub.newestIndex()).to.equal(1n);
      await install(2);
      expect(await hub.newestIndex()).to.equal(2n);
    });

    it("and tells the deriving hub of each with the one before it", async () => {
      await expect(install(1)).to.emit(hub, "Installing").withArgs(ZeroAddress, dataAt(1));
      await expect(install(2)).to.emit(hub, "Installing").withArgs(dataAt(1), dataAt(2));
    });

    it("for ever, and the one before it until the time that it is told", async () => {
      await install(1, { provable: true });
      const installed = [dataAt(1), LENGTH, FOR_EVER, true, false, false, 0n];
      expect(await fieldsOf(1)).to.deep.equal(installed);
      await install(2, { retiredUntil: 2_000_000_000n });
      expect(await fieldsOf(1)).to.deep.equal(installed.with(VALID_UNTIL, 2_000_000_000n));
      expect((await fieldsOf(2)).slice(1)).to.deep.equal([LENGTH, FOR_EVER, false, false, false, 0n]);
      for (const index of [0, 3]) expect(await fieldsOf(index)).to.deep.equal(NEVER_INSTALLED);
    });

    it("for the time after a pause, if there is one", async () => {
      await install(1);
      await hub.acceptReports(false);
      await install(2);
      await install(3);
      const ends = [LATER, LATER, FOR_EVER];
      for (const [i, end] of ends.entries()) expect(await tenure(i + 1)).to.deep.equal([0n, end]);
      await hub.acceptReports(true);
      for (const [i, end] of ends.entries()) expect(await tenure(i + 1)).to.deep.equal([end, 0n]);
    });
  });

  describe("dismisses", () => {
    it("one that was put in force, for good", async () => {
      await install(1);
      const before = await fieldsOf(1);
      await hub.dismiss(1);
      expect(await fieldsOf(1)).to.deep.equal(before.with(VALID_UNTIL, 0n).with(REVOKED, true));
    });

    it("no other", async () => {
      await install(1);
      for (const index of [0, 2]) {
        const timestamp = (await now()) + 10n;
        await connection.networkHelpers.time.setNextBlockTimestamp(timestamp);
        await refuses(() => hub.dismiss(index), "CommitteeNotValid", [index, timestamp, 0n]);
        expect(await fieldsOf(index)).to.deep.equal(NEVER_INSTALLED);
      }
    });
  });

  describe("pauses", () => {
    it("all that may be valid, back to the last that has reported", async () => {
      for (const index of [1, 2]) await install(index);
      await report(2);
      const over = (await now()) - 1n;
      await install(3);
      await hub.acceptReports(false);
      const held = [[over, 0n] as const, [0n, LATER], [0n, FOR_EVER]];
      for (const [i, expected] of held.entries()) expect(await tenure(i + 1)).to.deep.equal(expected);
      await hub.acceptReports(true);
      const released = [[over, 0n] as const, [LATER, 0n], [FOR_EVER, 0n]];
      for (const [i, expected] of released.entries()) expect(await tenure(i + 1)).to.deep.equal(expected);
    });

    it("before anything is in force", async () => {
      await hub.acceptReports(false);
      await install(1);
      expect(await tenure(1)).to.deep.equal([0n, FOR_EVER]);
      expect(await fieldsOf(0)).to.deep.equal(NEVER_INSTALLED);
    });
  });

  describe("opens a committee for a report that comes in", () => {
    it("until the last second of its tenure", async () => {
      await install(1);
      const end = (await now()) + 100n;
      await install(2, { retiredUntil: end });
      await connection.networkHelpers.time.increaseTo(end);
      expect((await hub.openTenure(slot(1))).configDigest).to.equal(digestAt(1));
      await connection.networkHelpers.time.increaseTo(end + 1n);
      await refuses(() => hub.openTenure(slot(1)), "CommitteeNotValid", [1, end + 1n, end]);
      const { tenure: word, configDigest } = await hub.openTenure(slot(2));
      expect(configDigest).to.equal(digestAt(2));
      expect(word & (2n ** 160n - 1n)).to.equal(BigInt(dataAt(2)));
    });

    it("not where there is none, and not in a pause", async () => {
      await install(1);
      for (const index of [0, 2, 3]) {
        await refuses(() => hub.openTenure(slot(index)), "CommitteeNotValid", [index, await now(), 0n]);
      }
      await hub.acceptReports(false);
      await refuses(() => hub.openTenure(slot(1)), "CommitteePaused", [1]);
      await hub.dismiss(1);
      await refuses(() => hub.openTenure(slot(1)), "CommitteeNotValid", [1, await now(), 0n]);
    });
  });

  describe("opens a committee of a report that was taken before", () => {
    it("also after its tenure", async () => {
      await install(1);
      await install(2, { retiredUntil: await now() });
      for (const index of [1, 2]) expect(await hub.unrevoked(slot(index))).to.equal(digestAt(index));
    });

    it("not where there was none, in a pause or out of it", async () => {
      await install(1);
      for (const accepted of [true, false]) {
        await hub.acceptReports(accepted);
        for (const index of [0, 2, 3]) {
          await refuses(() => hub.unrevoked(slot(index)), "CommitteeNotValid", [index, await now(), 0n]);
        }
      }
    });

    it("not once it is revoked", async () => {
      await install(1);
      await hub.dismiss(1);
      await refuses(() => hub.unrevoked(slot(1)), "CommitteeRevoked", [1]);
    });

    it("not in a pause, unless it may report though there is one", async () => {
      await install(1);
      const end = (await now()) + 100n;
      await install(2, { retiredUntil: end });
      const [retired, active] = [await wordOf(1), await wordOf(2)];
      await hub.acceptReports(false);
      for (const index of [1, 2]) await refuses(() => hub.unrevoked(slot(index)), "CommitteePaused", [index]);
      // Never so of a real hub: it notes no report in a pause.
      await hub.noteReport(slot(2), active);
      await hub.noteReport(slot(1), retired);
      await connection.networkHelpers.time.increaseTo(end);
      for (const index of [1, 2]) expect(await hub.unrevoked(slot(index))).to.equal(digestAt(index));
      await connection.networkHelpers.time.increaseTo(end + 1n);
      await refuses(() => hub.unrevoked(slot(1)), "CommitteePaused", [1]);
    });
  });

  describe("notes a committee's first report", () => {
    it("and ends all before it a second earlier", async () => {
      for (const index of [1, 2, 3, 4]) await install(index);
      await report(3);
      const ended = [(await now()) - 1n, 0n];
      expect([await tenure(1), await tenure(2)]).to.deep.equal([ended, ended]);
      expect([await tenure(3), await tenure(4)]).to.deep.equal([
        [LATER, 0n],
        [FOR_EVER, 0n],
      ]);
      const reported = await Promise.all([1, 2, 3, 4].map(async (index) => (await fieldsOf(index))[REPORTED]));
      expect(reported).to.deep.equal([false, false, true, false]);
    });

    it("and leaves alone what ended before", async () => {
      await install(1);
      await install(2, { retiredUntil: await now() });
      const [ended] = await tenure(1);
      await connection.networkHelpers.time.increase(100);
      await report(2);
      expect(await tenure(1)).to.deep.equal([ended, 0n]);
    });

    it("of the first of all", async () => {
      await install(1);
      await report(1);
      expect((await fieldsOf(1)).slice(2)).to.deep.equal([FOR_EVER, false, true, false, 0n]);
      expect(await fieldsOf(0)).to.deep.equal(NEVER_INSTALLED);
    });

    it("and goes back no further than to one that has reported", async () => {
      for (const index of [1, 2, 3]) await install(index);
      const [first, second] = [await wordOf(1), await wordOf(2)];
      await hub.noteReport(slot(2), second);
      // Never so of a real hub: it takes no report of one that is over.
      await hub.noteReport(slot(1), first);
      await report(3);
      expect(await tenure(1)).to.deep.equal([LATER, 0n]);
      expect(await tenure(2)).to.deep.equal([(await now()) - 1n, 0n]);
    });

    it("and no other one", async () => {
      for (const index of [1, 2]) await install(index);
      const word = await wordOf(2);
      await hub.noteReport(slot(2), word | (1n << 209n));
      expect([await tenure(1), (await fieldsOf(2))[REPORTED]]).to.deep.equal([[LATER, 0n], false]);
    });
  });
});

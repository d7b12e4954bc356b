import { expect } from "chai";
import { network } from "hardhat";
import type { WordHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleNumber } from "../support/sample-bytes.ts";

const ALL = 2n ** 256n - 1n;
const TIME = 2n ** 32n - 1n;
/** The bits of value, sequence and observedAt. */
const READING = ALL ^ (2n ** 64n - 1n);

describe("FeedSlot", () => {
  let harness: WordHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("WordHarness");
  });

  const slots: Readonly<Record<string, bigint>> = {
    zeros: 0n,
    ones: ALL,
    "other bytes": sampleNumber(32),
    "the value's sign alone": 1n << 255n,
    "the greatest value alone": (2n ** 95n - 1n) << 160n,
    "the sequence alone": (2n ** 64n - 1n) << 96n,
    "observedAt alone": TIME << 64n,
    "updatedAt alone": TIME << 32n,
    "the round alone": TIME,
  };
  for (const [name, slot] of Object.entries(slots)) {
    it(`is read as its fields: ${name}`, async () => {
      const expected = [
        BigInt.asIntN(96, slot >> 160n),
        BigInt.asUintN(64, slot >> 96n),
        BigInt.asUintN(32, slot >> 64n),
        BigInt.asUintN(32, slot >> 32n),
        BigInt.asUintN(32, slot),
      ];
      expect([...(await harness.fields(slot))]).to.deep.equal(expected);
      const { value, sequence, observedAt, updatedAt, roundId } = await harness.unpack(slot);
      expect([value, sequence, observedAt, updatedAt, roundId]).to.deep.equal(expected);
    });
  }

  it("has the times that all feeds of a report share in their places", async () => {
    const [sequence, observedAt, updatedAt] = [sampleNumber(8), sampleNumber(4, 1), sampleNumber(4, 2)];
    for (const [a, b, c] of [
      [0n, 0n, 0n],
      [sequence, observedAt, updatedAt],
      [sequence, 0n, 0n],
      [0n, observedAt, 0n],
      [0n, 0n, updatedAt],
      [2n ** 64n - 1n, TIME, TIME],
    ] as const) {
      expect(await harness.packTimes(a, b, c), `${a}, ${b}, ${c}`).to.equal((a << 96n) | (b << 64n) | (c << 32n));
    }
  });

  it("holds the same reading where value, sequence and observedAt are the same", async () => {
    for (const slot of [0n, ALL, sampleNumber(32)]) {
      expect(await harness.isSameReading(slot, slot)).to.equal(true);
      expect(await harness.isSameReading(slot, slot ^ (ALL ^ READING)), "other in all the rest").to.equal(true);
    }
  });

  it("holds another reading where one bit of these is another", async () => {
    const slot = sampleNumber(32);
    for (const bit of [0n, 1n, 31n, 32n, 62n, 63n, 64n, 65n, 95n, 96n, 159n, 160n, 161n, 254n, 255n]) {
      const same = bit < 64n;
      expect(await harness.isSameReading(slot, slot ^ (1n << bit)), `bit ${bit}`).to.equal(same);
      expect(await harness.isSameReading(slot ^ (1n << bit), slot), `bit ${bit}, turned round`).to.equal(same);
    }
  });
});

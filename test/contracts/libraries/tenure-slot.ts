import { expect } from "chai";
import { getAddress, toBeHex } from "ethers";
import { network } from "hardhat";
import type { WordHarness } from "../../../types/ethers-contracts/index.ts";
import { sampleNumber } from "../support/sample-bytes.ts";

/** Where each field begins, and its bits. */
const FIELDS = {
  data: { at: 0n, bits: 160n },
  length: { at: 160n, bits: 16n },
  validUntil: { at: 176n, bits: 32n },
  provable: { at: 208n, bits: 1n },
  reported: { at: 209n, bits: 1n },
  revoked: { at: 210n, bits: 1n },
  heldUntil: { at: 216n, bits: 32n },
} as const;
type Name = keyof typeof FIELDS;

const ALL = 2n ** 256n - 1n;
const FOREVER = 2n ** 32n - 1n;
const DATA = sampleNumber(20);

const maskOf = (name: Name): bigint => ((1n << FIELDS[name].bits) - 1n) << FIELDS[name].at;
const put = (slot: bigint, name: Name, value: bigint): bigint =>
  (slot & (ALL ^ maskOf(name))) | (value << FIELDS[name].at);
const fieldOf = (slot: bigint, name: Name): bigint => (slot & maskOf(name)) >> FIELDS[name].at;

describe("TenureSlot", () => {
  let harness: WordHarness;
  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("WordHarness");
  });

  const slots: Readonly<Record<string, bigint>> = {
    "of zeros": 0n,
    "of ones": ALL,
    "of other bytes": sampleNumber(32),
    ...Object.fromEntries(Object.keys(FIELDS).map((name) => [`with ${name} alone`, maskOf(name as Name)])),
    ...Object.fromEntries(Object.keys(FIELDS).map((name) => [`without ${name}`, ALL ^ maskOf(name as Name)])),
  };
  const times = [0n, 1n, 1_700_000_000n, FOREVER - 1n, FOREVER];

  for (const [name, slot] of Object.entries(slots)) {
    it(`reads each field of a slot ${name}`, async () => {
      const isSet = (field: Name): boolean => fieldOf(slot, field) === 1n;
      expect([...(await harness.toTenure(slot))]).to.deep.equal([
        getAddress(toBeHex(fieldOf(slot, "data"), 20)),
        fieldOf(slot, "length"),
        fieldOf(slot, "validUntil"),
        isSet("provable"),
        isSet("reported"),
        isSet("revoked"),
        fieldOf(slot, "heldUntil"),
      ]);
    });

    it(`changes nothing but what it must of a slot ${name}`, async () => {
      const cleared = put(put(slot, "validUntil", 0n), "heldUntil", 0n);
      expect(await harness.withReport(slot)).to.equal(put(slot, "reported", 1n));
      expect(await harness.withRevocation(slot)).to.equal(put(cleared, "revoked", 1n));
    });
  }

  for (const provable of [false, true]) {
    it(`is packed without an end, ${provable ? "provable" : "not provable"}`, async () => {
      for (const length of [0n, 1n, 96n, 65_535n]) {
        for (const data of [0n, DATA, 2n ** 160n - 1n]) {
          const packed = await harness.packTenure(toBeHex(data, 20), length, provable);
          const expected = put(put(put(data, "length", length), "validUntil", FOREVER), "provable", BigInt(provable));
          expect(packed, `${length} bytes at ${data}`).to.equal(expected);
        }
      }
    });
  }

  it("is held and released, and is then as it was before", async () => {
    for (const validUntil of times) {
      const slot = put(put(ALL, "validUntil", validUntil), "heldUntil", 0n);
      const held = await harness.held(slot);
      expect(held, `held, ${validUntil}`).to.equal(put(put(slot, "validUntil", 0n), "heldUntil", validUntil));
      expect(await harness.released(held), `released, ${validUntil}`).to.equal(slot);
    }
  });

  it("stays as it is when it is released and not held", async () => {
    for (const validUntil of times) {
      const slot = put(put(ALL, "validUntil", validUntil), "heldUntil", 0n);
      expect(await harness.released(slot), `${validUntil}`).to.equal(slot);
    }
  });

  it("ends by a time at the latest, and not later than before", async () => {
    for (const before of times) {
      for (const timestamp of times) {
        const slot = put(ALL, "validUntil", before);
        const earlier = before < timestamp ? before : timestamp;
        const ending = await harness.endingBy(slot, timestamp);
        expect(ending, `${before}, by ${timestamp}`).to.equal(put(slot, "validUntil", earlier));
      }
    }
  });
});

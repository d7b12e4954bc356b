import { expect } from "chai";
import { id, toBeHex } from "ethers";
import { network as hardhat } from "hardhat";
import type { SignatureHarness } from "../../types/ethers-contracts/index.ts";
import { createTestCommittee } from "./support/committee.ts";
import { createTestNetwork } from "./support/network.ts";
import { signReport, updateOf } from "./support/signed-report.ts";

describe("the extremes of Schnorr committees", () => {
  /** A committee whose group key's y has this parity, and whose last signer's address, which lies before the key, has the other. */
  const seedOf = (parity: bigint): string => {
    for (let i = 0; ; ++i) {
      const { schnorr, configuration } = createTestCommittee({ scheme: "schnorr-group", seed: `group ${i}` });
      const last = BigInt(configuration.members.at(-1)!.signer) & 1n;
      if ((schnorr!.keys[0]!.y & 1n) === parity && last !== parity) return `group ${i}`;
    }
  };

  for (const parity of [0n, 1n]) {
    it(`a group's key with ${parity === 0n ? "an even" : "an odd"} y signs`, async () => {
      const network = await createTestNetwork({ scheme: "schnorr-group", seed: seedOf(parity) });
      const signed = await signReport(network, { round: 1 });
      expect((await network.hub.transmit.staticCall(updateOf(signed, 1))).storedMask).to.equal(1n);
    });
  }

  it("any eleven of 31 members sign with the sum of their keys, the last ones too", async () => {
    const network = await createTestNetwork({ n: 31, f: 10, scheme: "schnorr-key-sum" });
    const members = Array.from({ length: 31 }, (_, member) => member);
    const choices = [members.slice(20), members.slice(0, 11), members.filter((member) => member % 3 === 0)];
    for (const signers of choices) {
      const signed = await signReport(network, { round: 1, signers });
      expect((await network.hub.transmit.staticCall(updateOf(signed, 1))).storedMask).to.equal(1n);
    }
    for (const signers of [members.slice(19), members.slice(21), members]) {
      const signed = await signReport(network, { round: 1, signers });
      await expect(network.hub.transmit.staticCall(updateOf(signed, 1)))
        .to.be.revertedWithCustomError(network.hub, "WrongSignerCount")
        .withArgs(signers.length, 11);
    }
  });
});

describe("a Schnorr key at the ends of its range", () => {
  let harness: SignatureHarness;
  before(async () => {
    const { ethers } = await hardhat.create();
    harness = await ethers.deployContract("SignatureHarness");
  });

  const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let [square, left] = [base, exponent]; left > 0n; square = (square * square) % FIELD, left >>= 1n) {
      if (left & 1n) result = (result * square) % FIELD;
    }
    return result;
  };
  /** y of the point of the curve with this x: it must have one. */
  const yOf = (x: bigint) => power(x ** 3n + 7n, (FIELD + 1n) / 4n);
  /** x of the point of the curve with y = 1. */
  const xOfOne = power(FIELD - 6n, (FIELD + 2n) / 9n);

  const cases = [
    { name: "x = 1", x: 1n, y: yOf(1n), usable: true },
    { name: "y = 1", x: xOfOne, y: 1n, usable: true },
    { name: "x = N - 2", x: ORDER - 2n, y: yOf(ORDER - 2n), usable: true },
    { name: "x = N", x: ORDER, y: yOf(ORDER), usable: false },
    { name: "x = N + 2", x: ORDER + 2n, y: yOf(ORDER + 2n), usable: false },
    { name: "x not reduced", x: FIELD + 1n, y: yOf(1n), usable: false },
    { name: "y not reduced", x: xOfOne, y: FIELD + 1n, usable: false },
  ];
  for (const { name, x, y, usable } of cases) {
    it(`${usable ? "is" : "is not"} usable with ${name}`, async () => {
      expect((y * y - x ** 3n - 7n) % FIELD, "on the curve").to.equal(0n);
      expect(await harness.isSchnorrKey({ x, y })).to.equal(usable);
    });
  }
});

describe("a Schnorr signature that the precompile tells nothing of", () => {
  it("is none, whoever signed, and whatever the memory held", async () => {
    const { ethers } = await hardhat.create();
    const harness = await ethers.deployContract("SignatureHarness");
    // No point of the curve has x = 5.
    const key = { x: 5n, y: 0n };
    for (const signer of [0n, 1n, 0x80n, 2n ** 160n - 1n]) {
      const nonce = toBeHex(signer, 20);
      for (const left of [0n, signer]) {
        const answer = await harness.isSchnorrSignature(key, id("digest"), 1n, nonce, toBeHex(left, 32));
        expect(answer, `${nonce} over ${left}`).to.equal(false);
      }
    }
  });
});

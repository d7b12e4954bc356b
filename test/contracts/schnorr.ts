import { expect } from "chai";
import { concat, getBytes, id, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import fc from "fast-check";
import { network as hardhat } from "hardhat";
import {
  keySumInverse,
  schnorrPublicKey,
  signSchnorr,
  sumOfKeys,
  sumOfSecrets,
  verifySchnorr,
} from "../../core/crypto/schnorr.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Point } from "../../core/types/observation.ts";
import type { SignatureHarness } from "../../types/ethers-contracts/index.ts";
import { makeSchnorrVectors, readVectors, type SchnorrVector, VECTOR_FILES } from "./support/vectors.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;

describe("Schnorr signatures", () => {
  let harness: SignatureHarness;

  before(async () => {
    const { ethers } = await hardhat.create();
    harness = await ethers.deployContract("SignatureHarness");
  });

  const secretOf = (seed: number) => getBytes(id(`secret ${seed}`));
  const digestOf = (seed: number) => id(`digest ${seed}`) as Hex;
  const onChain = (key: Point, digest: Hex, { s, nonce }: { s: bigint; nonce: string }) =>
    harness.isSchnorrSignature(key, digest, s, nonce, ZeroHash);

  it("of the golden vectors are valid in both languages, and are those that the secrets make", async () => {
    const golden = await readVectors<SchnorrVector[]>(VECTOR_FILES.schnorr);
    expect(golden).to.deep.equal(makeSchnorrVectors());
    for (const { secret, key, digest, signature } of golden) {
      const point = { x: BigInt(key.x), y: BigInt(key.y) };
      const parsed = { s: BigInt(signature.s), nonce: signature.nonce };
      expect(schnorrPublicKey(getBytes(secret))).to.deep.equal(point);
      expect(signSchnorr(getBytes(secret), digest)).to.deep.equal(parsed);
      expect(verifySchnorr(point, digest, parsed)).to.equal(true);
      expect(await onChain(point, digest, parsed)).to.equal(true);
    }
  });

  it("are taken by TypeScript and Solidity alike, and refused alike with anything changed", async () => {
    const changes = fc.constantFrom(
      "nothing",
      "digest",
      "s",
      "nonce",
      "key",
      "opposite key",
      "zero s",
      "s = N",
      "no nonce",
    );
    await fc.assert(
      fc.asyncProperty(fc.tuple(fc.nat(), fc.nat()), changes, fc.nat(255), async ([seed, message], change, bit) => {
        let [key, digest] = [schnorrPublicKey(secretOf(seed)), digestOf(message)];
        let { s, nonce } = signSchnorr(secretOf(seed), digest);
        if (change === "digest") digest = flip(digest, bit);
        if (change === "s") s = BigInt(flip(toBeHex(s, 32) as Hex, bit));
        if (change === "nonce") nonce = flip(nonce, bit % 160);
        if (change === "key") key = schnorrPublicKey(secretOf(seed + 1));
        if (change === "opposite key") key = { x: key.x, y: FIELD - key.y };
        if (change === "zero s") s = 0n;
        if (change === "s = N") s = ORDER;
        if (change === "no nonce") nonce = ZeroAddress as Hex;
        const expected = change === "nothing";
        expect(verifySchnorr(key, digest, { s, nonce })).to.equal(expected);
        expect(await onChain(key, digest, { s, nonce })).to.equal(expected);
      }),
      { numRuns: 150 },
    );
  });

  it("need a key on the curve, reduced, and below the group's order", async () => {
    const key = schnorrPublicKey(secretOf(1));
    expect(await harness.isSchnorrKey(key)).to.equal(true);
    const wrong: readonly Point[] = [
      { x: 0n, y: key.y },
      { x: key.x, y: 0n },
      { x: key.x, y: key.y ^ 1n },
      { x: key.x + 1n, y: key.y },
      { x: key.x, y: FIELD },
      { x: ORDER, y: key.y },
      { x: FIELD, y: key.y },
    ];
    for (const point of wrong) expect(await harness.isSchnorrKey(point)).to.equal(false);
  });
});

describe("sums of Schnorr keys", () => {
  let harness: SignatureHarness;
  const secrets = Array.from({ length: 31 }, (_, i) => getBytes(id(`summed ${i}`)));
  const keys = secrets.map(schnorrPublicKey);
  const packed = concat(keys.flatMap(({ x, y }) => [toBeHex(x, 32), toBeHex(y, 32)]));

  before(async () => {
    const { ethers } = await hardhat.create();
    harness = await ethers.deployContract("SignatureHarness");
  });

  const membersOf = (bitmap: number) => keys.map((_, i) => i).filter((i) => ((bitmap >>> i) & 1) === 1);

  it("are noble's, for any members", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (bitmap) => {
        const chosen = membersOf(bitmap).map((i) => keys[i]!);
        const sum = sumOfKeys(chosen)!;
        const [x, parity, valid] = await harness.keySum(packed, bitmap, keySumInverse(chosen)!);
        expect([x, parity, valid]).to.deep.equal([sum.x, sum.y & 1n, true]);
        expect(schnorrPublicKey(sumOfSecrets(membersOf(bitmap).map((i) => secrets[i]!)))).to.deep.equal(sum);
      }),
      { numRuns: 150 },
    );
  });

  it("take no inverse but the sum's, below the field's order", async () => {
    const inverse = keySumInverse([keys[0]!, keys[1]!])!;
    for (const wrong of [0n, 1n, inverse + 1n, FIELD - inverse, 2n ** 256n - 1n]) {
      const [, , valid] = await harness.keySum(packed, 0b11, wrong);
      expect(valid).to.equal(false);
    }
    // One key alone has Z = 1: FIELD + 1 is the same number, written differently.
    expect((await harness.keySum(packed, 0b1, 1n)).valid).to.equal(true);
    expect((await harness.keySum(packed, 0b1, FIELD + 1n)).valid).to.equal(false);
  });

  it("have no inverse where a key meets itself or its opposite", async () => {
    const [key] = keys as [Point];
    const opposite = { x: key.x, y: FIELD - key.y };
    for (const other of [key, opposite]) {
      expect(keySumInverse([key, other])).to.equal(undefined);
      const both = concat([key, other].flatMap(({ x, y }) => [toBeHex(x, 32), toBeHex(y, 32)]));
      for (const inverse of [0n, 1n, keySumInverse([key, keys[1]!])!]) {
        expect((await harness.keySum(both, 0b11, inverse)).valid).to.equal(false);
      }
    }
  });
});

function flip(bytes: Hex, bit: number): Hex {
  const copy = getBytes(bytes).slice();
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return `0x${Buffer.from(copy).toString("hex")}`;
}

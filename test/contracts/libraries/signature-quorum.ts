import { secp256k1 } from "@noble/curves/secp256k1.js";
import { expect } from "chai";
import { computeAddress, concat, getAddress, hexlify, id, toBeHex } from "ethers";
import { network as hardhat } from "hardhat";
import type { Hex } from "../../../core/types/hex.ts";
import type { IReportHub, SignatureHarness } from "../../../types/ethers-contracts/index.ts";
import { committeeBytes } from "../support/committee-bytes.ts";

const ORDER = secp256k1.Point.Fn.ORDER;
const HALF_ORDER = ORDER / 2n;
const DIGEST = id("digest");
const ADDRESS_ONE = toBeHex(1, 20);

function flipped(address: string, bit = 0n): string {
  return getAddress(toBeHex(BigInt(address) ^ (1n << bit), 20));
}

interface TestSignature {
  readonly r: bigint;
  readonly s: bigint;
  /** Of the nonce point's y. */
  readonly parity: bigint;
}

/** Whom a signature is of: any numbers are somebody's signature, where r is the x of a point. */
function signerOf({ r, s, parity }: TestSignature): string {
  const nonce = secp256k1.Point.fromHex(hexlify(concat([parity === 0n ? "0x02" : "0x03", toBeHex(r, 32)])).slice(2));
  const { Fn, BASE } = secp256k1.Point;
  const inverse = Fn.inv(r);
  const [ofNonce, ofBase] = [Fn.mul(s, inverse), Fn.neg(Fn.mul(Fn.create(BigInt(DIGEST)), inverse))];
  const key = nonce.multiply(ofNonce).add(BASE.multiply(ofBase));
  return computeAddress(hexlify(key.toBytes(false)));
}

function packed({ r, s, parity }: TestSignature): string {
  return concat([toBeHex(r, 32), toBeHex((parity << 255n) | s, 32)]);
}

/** As `CommitteeData` has it, of a committee in which all are to sign. */
function committeeOf(signers: readonly string[]): Hex {
  return committeeBytes({ n: signers.length, f: signers.length - 1, rest: signers as readonly Hex[] });
}

describe("signatures of members whose addresses can be chosen", () => {
  let harness: SignatureHarness;
  let errors: IReportHub;
  before(async () => {
    const { ethers } = await hardhat.create();
    harness = await ethers.deployContract("SignatureHarness");
    errors = await ethers.getContractAt("IReportHub", harness);
  });

  /** All members sign: member i of `signers` is to have made signature i. */
  const check = (signatures: readonly TestSignature[], signers: readonly string[], left = toBeHex(0, 32)) => {
    const bitmap = toBeHex(2 ** signatures.length - 1, 4);
    return harness.checkSignatures(concat([bitmap, ...signatures.map(packed)]), DIGEST, committeeOf(signers), left);
  };
  const refused = (checked: Promise<unknown>, ...args: readonly unknown[]) =>
    expect(checked)
      .to.be.revertedWithCustomError(errors, "WrongSigner")
      .withArgs(...args);
  const ordinary: TestSignature = { r: secp256k1.Point.BASE.x, s: 5n, parity: 1n };
  const nobodys: TestSignature = { r: 0n, s: 5n, parity: 0n };
  const NOBODY = toBeHex(0, 20);

  for (const parity of [0n, 1n]) {
    it(`are low up to half the order, with ${parity === 0n ? "an even" : "an odd"} nonce`, async () => {
      for (const s of [1n, HALF_ORDER - 1n, HALF_ORDER]) {
        const signature = { ...ordinary, s, parity };
        await check([signature], [signerOf(signature)]);
      }
      for (const s of [HALF_ORDER + 1n, HALF_ORDER + 2n, 2n ** 255n - 1n]) {
        const signature = { ...ordinary, s, parity };
        await refused(check([signature], [signerOf(signature)]), 0, NOBODY, signerOf(signature));
      }
    });
  }

  it("are of the member's address in every bit", async () => {
    const signer = signerOf(ordinary);
    await check([ordinary], [signer]);
    for (let bit = 0n; bit < 160n; ++bit) {
      const other = flipped(signer, bit);
      await refused(check([ordinary], [other]), 0, signer, other);
    }
  });

  it("are nobody's where there is no such point, whatever was in memory and whoever signed before", async () => {
    for (const left of [toBeHex(0, 32), toBeHex(1, 32), toBeHex(2n ** 256n - 1n, 32)]) {
      await refused(check([nobodys], [ADDRESS_ONE], left), 0, NOBODY, ADDRESS_ONE);
    }
    const signer = signerOf(ordinary);
    await refused(check([ordinary, nobodys], [signer, signer]), 1, NOBODY, signer);
  });

  it("of several members are each checked, though the wrongs of two be alike", async () => {
    const [first, second] = [ordinary, { ...ordinary, s: 6n }];
    const [one, two] = [signerOf(first), signerOf(second)];
    await check([first, second], [one, two]);
    await refused(check([first, second], [flipped(one), flipped(two)]), 0, one, flipped(one));
    await refused(check([first, second], [one, flipped(two)]), 1, two, flipped(two));
    await refused(check([first, second], [flipped(one), two]), 0, one, flipped(one));
    const highest = { ...ordinary, s: HALF_ORDER };
    await refused(check([highest, second], [signerOf(highest), flipped(two)]), 1, two, flipped(two));
  });
});

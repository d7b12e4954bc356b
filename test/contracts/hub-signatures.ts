import { expect } from "chai";
import { Signature, Wallet, concat, dataSlice, id, toBeHex } from "ethers";
import { reportDigest } from "../../core/codec/report.ts";
import type { Hex } from "../../core/types/hex.ts";
import { signaturesOf } from "./support/committee.ts";
import { createTestNetwork, type TestNetwork } from "./support/network.ts";
import { signReport, type SignedReport, updateOf } from "./support/signed-report.ts";

const BITMAP = 4;
const SIGNATURE = 64;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("FeedHub signatures (n = 7, f = 2)", () => {
  let network: TestNetwork;
  let signed: SignedReport;

  before(async () => {
    network = await createTestNetwork({ n: 7, f: 2, feeds: 2, lanes: 2 });
    signed = await signReport(network, { round: 1, signers: [1, 3, 6] });
  });

  const send = (signatures: string) =>
    network.hub.transmit.staticCall(updateOf({ ...signed, signatures: signatures as Hex }, 1));
  const bitmapOf = (...members: readonly number[]) =>
    toBeHex(members.reduce((bits, member) => bits | (1 << member), 0) >>> 0, BITMAP);
  const signatureAt = (position: number) =>
    dataSlice(signed.signatures, BITMAP + SIGNATURE * position, BITMAP + SIGNATURE * (position + 1));

  it("takes f+1 of distinct members, in member order", async () => {
    expect([...(await send(signed.signatures))]).to.deep.equal([1n, 1n]);
  });

  const highS = (compact: string) => {
    const { r, s, yParity } = Signature.from(compact);
    // A vs word can hold only 255 bits of s, so the malleated twin does not even fit: its top bit is taken for the parity.
    return concat([r, toBeHex(((1n - BigInt(yParity)) << 255n) | ((ORDER - BigInt(s)) & ((1n << 255n) - 1n)), 32)]);
  };
  const flip = (hex: string, bit: number) => {
    const bytes = Buffer.from(hex.slice(2), "hex");
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    return `0x${bytes.toString("hex")}`;
  };
  const foreign = new Wallet(id("foreign"));

  const cases: readonly { readonly name: string; readonly error: string; readonly signatures: () => string }[] = [
    { name: "no bytes", error: "WrongSignaturesLength", signatures: () => "0x" },
    { name: "only a bitmap", error: "WrongSignaturesLength", signatures: () => bitmapOf(1, 3, 6) },
    { name: "one byte too few", error: "WrongSignaturesLength", signatures: () => dataSlice(signed.signatures, 0, -1) },
    { name: "one byte too many", error: "WrongSignaturesLength", signatures: () => `${signed.signatures}00` },
    {
      name: "f signatures",
      error: "WrongSignaturesLength",
      signatures: () => signaturesOf(network.committee, signed.digest, [1, 3]),
    },
    {
      name: "f+2 signatures",
      error: "WrongSignaturesLength",
      signatures: () => signaturesOf(network.committee, signed.digest, [1, 3, 5, 6]),
    },
    {
      name: "fewer members than signatures",
      error: "WrongSignerCount",
      signatures: () => concat([bitmapOf(1, 3), signatureAt(0), signatureAt(1), signatureAt(1)]),
    },
    {
      name: "more members than signatures",
      error: "WrongSignerCount",
      signatures: () => concat([bitmapOf(1, 3, 5, 6), signatureAt(0), signatureAt(1), signatureAt(2)]),
    },
    {
      name: "a member beyond the committee",
      error: "UnknownSigner",
      signatures: () => concat([bitmapOf(1, 3, 7), signatureAt(0), signatureAt(1), signatureAt(2)]),
    },
    {
      name: "the highest bit of the bitmap",
      error: "UnknownSigner",
      signatures: () => concat([bitmapOf(1, 3, 31), signatureAt(0), signatureAt(1), signatureAt(2)]),
    },
    {
      name: "the same signature twice",
      error: "WrongSigner",
      signatures: () => concat([bitmapOf(1, 3, 6), signatureAt(0), signatureAt(0), signatureAt(2)]),
    },
    {
      name: "signatures out of order",
      error: "WrongSigner",
      signatures: () => concat([bitmapOf(1, 3, 6), signatureAt(1), signatureAt(0), signatureAt(2)]),
    },
    {
      name: "another member's name",
      error: "WrongSigner",
      signatures: () => concat([bitmapOf(1, 3, 5), signatureAt(0), signatureAt(1), signatureAt(2)]),
    },
    {
      name: "a stranger's signature",
      error: "WrongSigner",
      signatures: () => {
        const stranger = foreign.signingKey.sign(signed.digest).compactSerialized;
        return concat([bitmapOf(1, 3, 6), signatureAt(0), signatureAt(1), stranger]);
      },
    },
    {
      name: "a malleated signature",
      error: "WrongSigner",
      signatures: () => concat([bitmapOf(1, 3, 6), highS(signatureAt(0)), signatureAt(1), signatureAt(2)]),
    },
    {
      name: "a signature of zeros",
      error: "WrongSigner",
      signatures: () => concat([bitmapOf(1, 3, 6), toBeHex(0, SIGNATURE), signatureAt(1), signatureAt(2)]),
    },
  ];

  for (const { name, error, signatures } of cases) {
    it(`${error} for ${name}`, async () => {
      await expect(send(signatures())).to.be.revertedWithCustomError(network.hub, error);
    });
  }

  it("are of one chain, one hub and one configuration", async () => {
    const { chainId, hub } = network.domain;
    const otherHub = `${hub.slice(0, -1)}${hub.endsWith("0") ? "1" : "0"}` as Hex;
    for (const domain of [
      { chainId: chainId + 1n, hub },
      { chainId, hub: otherHub },
    ]) {
      const wrong = signaturesOf(network.committee, reportDigest(signed.report, domain), [1, 3, 6]);
      await expect(send(wrong)).to.be.revertedWithCustomError(network.hub, "WrongSigner");
    }
    const otherDigest = reportDigest({ ...signed.report, configDigest: id("other") as Hex }, network.domain);
    await expect(send(signaturesOf(network.committee, otherDigest, [1, 3, 6]))).to.be.revertedWithCustomError(
      network.hub,
      "WrongSigner",
    );
  });

  it("name the member, what was recovered and what was expected", async () => {
    const stranger = foreign.signingKey.sign(signed.digest).compactSerialized;
    await expect(send(concat([bitmapOf(1, 3, 6), signatureAt(0), stranger, signatureAt(2)])))
      .to.be.revertedWithCustomError(network.hub, "WrongSigner")
      .withArgs(3, foreign.address, network.committee.signers[3]!.address);
  });

  it("are refused after any single bit has flipped", async () => {
    const bits = 8 * (BITMAP + 3 * SIGNATURE);
    for (let bit = 0; bit < bits; bit += 13) {
      await expect(send(flip(signed.signatures, bit)), `bit ${bit}`).to.be.revert(network.connection.ethers);
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id } from "ethers";
import { packSignatures } from "../../../core/codec/signature-quorum.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createTestCommittee, signaturesOf } from "../../contracts/support/committee.ts";

const compact = (byte: string): Hex => `0x${byte.repeat(64)}`;

describe("packSignatures", () => {
  it("writes the bitmap as uint32, then one compact signature per set bit in rising member order", () => {
    const packed = packSignatures([
      { signer: 30, signature: compact("cc") },
      { signer: 0, signature: compact("aa") },
      { signer: 5, signature: compact("bb") },
    ]);
    assert.equal(packed, `0x40000021${"aa".repeat(64)}${"bb".repeat(64)}${"cc".repeat(64)}`);
  });

  it("gives the bytes that the contract tests hand to the hub", () => {
    const committee = createTestCommittee({ n: 16, f: 5 });
    const digest = id("a report") as Hex;
    const members = [14, 2, 0, 9, 7, 15];
    const signatures = members.map((signer) => ({
      signer,
      signature: committee.signers[signer]!.signingKey.sign(digest).compactSerialized as Hex,
    }));
    assert.equal(packSignatures(signatures), signaturesOf(committee, digest, members));
  });

  it("packs none as an empty bitmap", () => assert.equal(packSignatures([]), "0x00000000"));
});

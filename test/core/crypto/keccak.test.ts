import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hexlify, keccak256 as reference } from "ethers";
import fc from "fast-check";
import { keccak256 } from "../../../core/crypto/keccak.ts";
import type { Hex } from "../../../core/types/hex.ts";

describe("keccak256", () => {
  it("is Ethereum's, not SHA-3", () => {
    assert.equal(keccak256("0x"), "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  });

  it("agrees with ethers for bytes and for their hexadecimal text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const expected = reference(bytes);
        return keccak256(bytes) === expected && keccak256(hexlify(bytes) as Hex) === expected;
      }),
    );
  });
});

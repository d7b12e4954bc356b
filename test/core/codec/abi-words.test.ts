import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder, hexlify } from "ethers";
import fc from "fast-check";
import { abiWords } from "../../../core/codec/abi-words.ts";
import type { Hex } from "../../../core/types/hex.ts";

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => hexlify(array) as Hex);

describe("abiWords", () => {
  it("is abi.encode for every static type that is used", () => {
    const values = fc.tuple(
      bytes(32),
      bytes(20),
      fc.bigInt(0n, 2n ** 256n - 1n),
      fc.bigInt(-(2n ** 95n), 2n ** 95n - 1n),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    );
    const types = ["bytes32", "address", "uint256", "int96", "uint32"];
    fc.assert(
      fc.property(values, (tuple) => {
        assert.equal(abiWords(tuple), AbiCoder.defaultAbiCoder().encode(types, tuple));
      }),
    );
  });

  it("is nothing for no values", () => assert.equal(abiWords([]), "0x"));
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { hexlify } from "ethers";
import fc from "fast-check";
import { merkleRoot } from "../../../core/codec/merkle-root.ts";
import type { Hex } from "../../../core/types/hex.ts";

describe("merkleRoot", () => {
  it("is OpenZeppelin's for every number of leaves that a report can have", () => {
    const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexlify(bytes) as Hex);
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 1, maxLength: 32 }), ([first = "0x", ...rest]) => {
        const tree = SimpleMerkleTree.of([first, ...rest], { sortLeaves: false });
        assert.equal(merkleRoot([first, ...rest]), tree.root);
      }),
      { numRuns: 300 },
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { poseidonChain } from "../../../core/codec/poseidon-chain.ts";
import { setRoot } from "../../../core/codec/set-root.ts";
import { poseidon } from "../../../core/crypto/poseidon.ts";
import { withCode } from "../../support/error-code.ts";
import { readVectors } from "../../support/vectors.ts";

interface Vectors {
  chains: { tag: number; elements: string[]; hash: string }[];
  setRoots: { nMax: number; keys: { x: string; y: string }[]; root: string }[];
}
const { chains, setRoots } = readVectors("poseidon") as Vectors;

describe("poseidonChain", () => {
  it("agrees with the vectors at every block boundary", () => {
    assert.deepEqual([...new Set(chains.map(({ elements }) => elements.length))], [1, 14, 15, 16, 30, 31, 38]);
    for (const { tag, elements, hash } of chains) assert.equal(poseidonChain(tag, elements.map(BigInt)), BigInt(hash));
  });

  it("starts from tag and length, and its last call is shorter", () => {
    const list = Array.from({ length: 17 }, (_, i) => BigInt(i));
    const first = poseidon([3n * 2n ** 32n + 17n, ...list.slice(0, 15)]);
    assert.equal(poseidonChain(3, list), poseidon([first, 15n, 16n]));
    assert.notEqual(poseidonChain(3, list), poseidonChain(4, list));
  });

  it("refuses an empty list and a tag outside 1…2³²−1", () => {
    assert.throws(() => poseidonChain(1, []), withCode("poseidon-chain-input"));
    for (const tag of [0, -1, 1.5, 2 ** 32])
      assert.throws(() => poseidonChain(tag, [1n]), withCode("poseidon-chain-input"));
  });
});

describe("setRoot", () => {
  it("agrees with the vectors, odd nMax and padding included", () => {
    for (const { nMax, keys, root } of setRoots) {
      const points = keys.map(({ x, y }) => ({ x: BigInt(x), y: BigInt(y) }));
      assert.equal(setRoot(points, nMax), BigInt(root));
    }
  });

  it("depends on the number of keys, even where padding looks the same", () => {
    const [a, padding] = [
      { x: 5n, y: 6n },
      { x: 0n, y: 1n },
    ];
    assert.notEqual(setRoot([a], 4), setRoot([a, padding], 4));
  });

  it("refuses an empty committee and one that does not fit", () => {
    const key = { x: 5n, y: 6n };
    assert.throws(() => setRoot([], 4), withCode("set-root-size"));
    assert.throws(() => setRoot([key, key, key], 2), withCode("set-root-size"));
  });
});

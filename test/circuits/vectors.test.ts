import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toField } from "../../core/crypto/field.ts";
import { PADDING_KEY } from "../../core/codec/set-root.ts";
import type { Point } from "../../core/types/observation.ts";
import { medianCircuit, templateCircuit, witnessOf } from "../support/circuits.ts";
import { trials } from "../support/depth.ts";
import { proofVector } from "../support/proof-vector.ts";
import { statementVectors } from "../support/statement-vectors.ts";
import { readVectors, revive } from "../support/vectors.ts";

interface PoseidonVectors {
  readonly chains: readonly { readonly tag: number; readonly elements: readonly bigint[]; readonly hash: bigint }[];
  readonly setRoots: readonly { readonly nMax: number; readonly keys: readonly Point[]; readonly root: bigint }[];
  readonly valuesCommitments: readonly {
    readonly mask: number;
    readonly values: readonly bigint[];
    readonly hash: bigint;
  }[];
}

interface EddsaVector {
  readonly publicKey: Point;
  readonly message: bigint;
  readonly signature: { readonly r8: Point; readonly s: bigint };
}

const { chains, setRoots, valuesCommitments } = revive(readVectors("poseidon")) as PoseidonVectors;
/** Elements that a circuit hashes at most: wider ones take long to compile. */
const WIDEST = trials({ slice: 9, full: Infinity });
const pair = ({ x, y }: Point) => [x, y];

describe("the templates agree with the vectors", () => {
  it("of Poseidon chains", async () => {
    for (const { tag, elements, hash } of chains.filter(({ elements: list }) => list.length <= WIDEST)) {
      const circuit = await templateCircuit(`PoseidonChain(${elements.length}, ${tag})`);
      assert.equal(witnessOf(circuit, { in: elements })?.[1], hash, `${elements.length} elements`);
    }
  });

  it("of set roots", async () => {
    for (const { nMax, keys, root } of setRoots.filter(({ nMax: size }) => 2 * size <= WIDEST)) {
      const circuit = await templateCircuit(`SetRoot(${nMax})`);
      const padded = Array.from({ length: nMax }, (_, j) => pair(keys[j] ?? PADDING_KEY));
      assert.equal(witnessOf(circuit, { memberCount: BigInt(keys.length), keys: padded })?.[1], root);
    }
  });

  it("of values commitments", async () => {
    for (const { mask, values, hash } of valuesCommitments.filter(({ values: list }) => list.length < WIDEST)) {
      const circuit = await templateCircuit(`ValuesCommitment(${values.length})`);
      assert.equal(witnessOf(circuit, { mask: BigInt(mask), values: values.map(toField) })?.[1], hash);
    }
  });

  it("of public inputs, and take no other y", async () => {
    for (const { name, w, publicSignals } of statementVectors().statements.filter((one) => one.w.length <= WIDEST)) {
      const circuit = await templateCircuit(`PublicBinding(${w.length})`, ["C", "x", "y"]);
      const [C, x, y] = publicSignals;
      assert.ok(witnessOf(circuit, { w, C, x, y }), name);
      assert.equal(witnessOf(circuit, { w, C, x, y: y + 1n }), undefined, name);
    }
  });

  it("of signatures", async () => {
    const circuit = await templateCircuit("EddsaPoseidon()");
    for (const { publicKey, message, signature } of revive(readVectors("eddsa")) as EddsaVector[]) {
      const claim = { key: pair(publicKey), r8: pair(signature.r8), s: signature.s, message };
      assert.ok(witnessOf(circuit, claim));
      assert.equal(witnessOf(circuit, { ...claim, message: message === 0n ? 1n : 0n }), undefined);
    }
  });

  it("of a whole statement", async () => {
    const { inputs, publicSignals } = proofVector();
    assert.deepEqual(witnessOf(await medianCircuit(), inputs)?.slice(1, 4), publicSignals);
  });
});

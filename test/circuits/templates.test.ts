import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { poseidonChain } from "../../core/codec/poseidon-chain.ts";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import { pivotHints } from "../../core/proof/pivot-hints.ts";
import { templateCircuit, witnessOf } from "../support/circuits.ts";

const HALF = (FIELD_MODULUS + 1n) / 2n;

/** All vectors of n bits. */
function bitVectors(n: number): bigint[][] {
  return Array.from({ length: 2 ** n }, (_, code) => Array.from({ length: n }, (_, i) => BigInt((code >> i) & 1)));
}

describe("MemberSelector", () => {
  const keys = [11n, 12n, 13n, 14n, 15n].map((x) => [x, x + 10n]);
  async function select(selector: bigint[][]) {
    return witnessOf(await templateCircuit("MemberSelector(5, 3)"), { keys, selector });
  }
  const FIRST = [1n, 0n, 0n];
  const SECOND = [0n, 1n, 0n];
  const THIRD = [0n, 0n, 1n];

  it("selects distinct members", async () => {
    assert.deepEqual((await select([FIRST, FIRST, FIRST]))?.slice(1, 7), [11n, 21n, 12n, 22n, 13n, 23n]);
    assert.deepEqual((await select([SECOND, SECOND, THIRD]))?.slice(1, 7), [12n, 22n, 13n, 23n, 15n, 25n]);
  });

  it("refuses a member twice", async () => {
    assert.equal(await select([SECOND, FIRST, FIRST]), undefined);
    assert.equal(await select([THIRD, SECOND, FIRST]), undefined);
  });

  it("refuses no member, and the sum of two, in a slot", async () => {
    assert.equal(await select([[0n, 0n, 0n], FIRST, FIRST]), undefined);
    assert.equal(await select([[1n, 1n, 0n], SECOND, SECOND]), undefined);
  });

  it("refuses weights that are not bits, though every slot and every member adds up", async () => {
    const minus = FIELD_MODULUS - 1n;
    assert.equal(await select([[0n, 2n, minus], [minus, 2n, 0n], THIRD]), undefined);
    assert.equal(await select([[HALF, HALF, 0n], FIRST, FIRST]), undefined);
  });
});

describe("PivotMedian", () => {
  it("gives the median or nothing, for every choice of hints", async () => {
    const circuit = await templateCircuit("PivotMedian(5, 8)");
    for (const values of [
      [3n, 1n, 2n, 5n, 4n],
      [2n, 2n, 1n, 2n, 3n],
      [7n, 7n, 7n, 7n, 7n],
    ]) {
      const { median } = pivotHints(values);
      let accepted = 0;
      for (const swap of bitVectors(4)) {
        for (const high of bitVectors(4)) {
          const witness = witnessOf(circuit, { values, present: 1n, swap, high });
          if (witness === undefined) continue;
          accepted++;
          assert.equal(witness[1], median);
        }
      }
      assert.ok(accepted > 0);
    }
  });

  // Each forgery meets every other constraint: it would show a number that is not the median.
  const forgeries: [string, bigint[], bigint[], bigint[]][] = [
    ["a swap of −1 against one of 1", [3n, 1n, 2n, 5n, 4n], [FIELD_MODULUS - 1n, 1n, 0n, 0n], [0n, 0n, 1n, 1n]],
    ["two swaps, whose values add up", [10n, 20n, 5n, 20n, 30n], [1n, 1n, 0n, 0n], [0n, 0n, 1n, 1n]],
    ["sides of one half, which hide every distance", [1n, 2n, 3n, 4n, 5n], [0n, 0n, 0n, 0n], [HALF, HALF, HALF, HALF]],
    ["the least value, with all others above", [1n, 2n, 3n, 4n, 5n], [0n, 0n, 0n, 0n], [1n, 1n, 1n, 1n]],
  ];
  for (const [what, values, swap, high] of forgeries) {
    it(`refuses ${what}`, async () => {
      const circuit = await templateCircuit("PivotMedian(5, 8)");
      assert.equal(witnessOf(circuit, { values, present: 1n, swap, high }), undefined);
      const honest = pivotHints(values);
      assert.ok(witnessOf(circuit, { values, present: 1n, swap: honest.swap, high: honest.high }));
    });
  }

  it("refuses a distance beyond its bits", async () => {
    const circuit = await templateCircuit("PivotMedian(5, 8)");
    const accepts = (values: bigint[]) => {
      const { swap, high } = pivotHints(values);
      return witnessOf(circuit, { values, present: 1n, swap, high }) !== undefined;
    };
    assert.ok(accepts([0n, 0n, 0n, 255n, 0n]));
    assert.ok(!accepts([0n, 0n, 0n, 256n, 0n]));
  });

  it("is 0 and unconstrained where the feed is absent", async () => {
    const circuit = await templateCircuit("PivotMedian(5, 8)");
    const values = [0n, 1n << 200n, 5n, 7n, 9n];
    const zeros = [0n, 0n, 0n, 0n];
    assert.equal(witnessOf(circuit, { values, present: 0n, swap: zeros, high: zeros })?.[1], 0n);
    assert.equal(witnessOf(circuit, { values, present: 0n, swap: [0n, 1n, 0n, 0n], high: zeros }), undefined);
    assert.equal(witnessOf(circuit, { values, present: 0n, swap: zeros, high: [1n, 0n, 0n, 0n] }), undefined);
  });
});

describe("PublicBinding", () => {
  it("accepts w's commitment and polynomial only", async () => {
    const circuit = await templateCircuit("PublicBinding(3)", ["C", "x", "y"]);
    const w = [4n, 5n, 6n];
    const C = poseidonChain(2, w);
    const good = { w, C, x: 10n, y: 4n + 50n + 600n };
    assert.deepEqual(witnessOf(circuit, good)?.slice(1, 4), [C, 10n, 654n]);
    assert.equal(witnessOf(circuit, { ...good, w: [4n, 15n, 5n] }), undefined); // the same y, another C
    assert.equal(witnessOf(circuit, { ...good, y: 655n }), undefined);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  affine,
  BASE8,
  eighth,
  isValidObserverKey,
  multiplyBase,
  pointOnCurve,
  SUBGROUP_ORDER,
} from "../../../core/crypto/babyjubjub.ts";
import { deriveObserverKey } from "../../../core/crypto/eddsa-poseidon.ts";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { Point } from "../../../core/types/observation.ts";

const key = deriveObserverKey(new Uint8Array(32).fill(9)).publicKey;
/** (0, −1) has order two: adding it leaves the prime subgroup. */
const ORDER_TWO: Point = { x: 0n, y: FIELD_MODULUS - 1n };

function add(a: Point, b: Point): Point {
  const [left, right] = [pointOnCurve(a), pointOnCurve(b)];
  assert.ok(left && right);
  return affine(left.add(right));
}

describe("isValidObserverKey", () => {
  it("accepts multiples of Base8", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, SUBGROUP_ORDER - 1n), (scalar) => isValidObserverKey(affine(multiplyBase(scalar)))),
      { numRuns: 20 },
    );
  });

  it("refuses the identity, a point of order two and a key with a torsion part", () => {
    assert.equal(isValidObserverKey({ x: 0n, y: 1n }), false);
    assert.equal(isValidObserverKey(ORDER_TWO), false);
    assert.equal(isValidObserverKey(add(key, ORDER_TWO)), false);
  });

  it("refuses points off the curve and coordinates that are not canonical", () => {
    assert.equal(isValidObserverKey({ x: key.x, y: key.y + 1n }), false);
    assert.equal(isValidObserverKey({ x: key.x + FIELD_MODULUS, y: key.y }), false);
    assert.equal(isValidObserverKey({ x: key.x, y: key.y - FIELD_MODULUS }), false);
    assert.equal(isValidObserverKey({ x: 1n, y: 0n }), false);
  });
});

describe("eighth", () => {
  it("gives Q on the curve with 8·Q = A", () => {
    const q = eighth(key);
    const point = q && pointOnCurve(q);
    assert.ok(point);
    assert.deepEqual(affine(point.double().double().double()), key);
  });

  it("has no answer for a key outside the subgroup", () => {
    assert.equal(eighth(add(key, ORDER_TWO)), undefined);
    assert.equal(eighth({ x: 0n, y: 1n }), undefined);
  });
});

describe("Base8", () => {
  it("is circomlib's, of order l", () => {
    assert.deepEqual(affine(BASE8), {
      x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
      y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
    });
    assert.ok(
      BASE8.multiplyUnsafe(SUBGROUP_ORDER - 1n)
        .add(BASE8)
        .is0(),
    );
  });
});

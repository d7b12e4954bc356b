import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bn254 } from "@noble/curves/bn254.js";
import { isG1Point, isG2Point } from "../../../scripts/ceremony/files/points.ts";

const { Fp, Fp2 } = bn254.fields;

/** Coordinates as snarkjs stores them. @param offset added to the stored number. */
function stored(coordinates: readonly bigint[], offset = 0n): Uint8Array {
  const words = coordinates.map((value) =>
    (Fp.mul(value, 2n ** 256n % Fp.ORDER) + offset).toString(16).padStart(64, "0"),
  );
  return Buffer.concat(words.map((word) => Buffer.from(word, "hex").reverse()));
}

/** A point of the curve over Fp², which has many more than the group has. */
function outsideSubgroup(): readonly bigint[] {
  const { x: gx, y: gy } = bn254.G2.Point.BASE.toAffine();
  const b = Fp2.sub(Fp2.sqr(gy), Fp2.mul(Fp2.sqr(gx), gx));
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 0n };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
    try {
      const y = Fp2.sqrt(square);
      return [x.c0, x.c1, y.c0, y.c1];
    } catch {
      continue; // no square: the next x
    }
  }
}

describe("points of a key", () => {
  const { x, y } = bn254.G2.Point.BASE.double().toAffine();
  const inG2 = [x.c0, x.c1, y.c0, y.c1];

  it("are those of the two groups", () => {
    assert.ok(isG1Point(stored([1n, 2n])));
    assert.ok(isG2Point(stored(inG2)));
  });

  it("are not the identities, and nothing off the curves", () => {
    assert.equal(isG1Point(new Uint8Array(64)), false);
    assert.equal(isG2Point(new Uint8Array(128)), false);
    assert.equal(isG1Point(stored([1n, 3n])), false);
    assert.equal(isG2Point(stored([...inG2.slice(0, 3), 1n])), false);
  });

  it("are not those of the curve over Fp² that lie outside its subgroup", () => {
    assert.equal(isG2Point(stored(outsideSubgroup())), false);
  });

  it("have one form each: coordinates are reduced", () => {
    assert.equal(isG1Point(stored([1n, 2n], Fp.ORDER)), false);
    assert.equal(isG2Point(stored(inG2, Fp.ORDER)), false);
  });
});

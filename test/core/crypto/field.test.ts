import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assertFieldElement, FIELD_MODULUS, fromField, toField } from "../../../core/crypto/field.ts";
import { withCode } from "../../support/error-code.ts";

const LIMIT = (FIELD_MODULUS - 1n) / 2n;

describe("toField", () => {
  it("maps a negative m to p − |m|", () => {
    assert.equal(toField(-1n), FIELD_MODULUS - 1n);
    assert.equal(toField(0n), 0n);
    assert.equal(toField(7n), 7n);
  });

  it("is inverted by fromField", () => {
    fc.assert(fc.property(fc.bigInt(-LIMIT, LIMIT), (value) => fromField(toField(value)) === value));
  });

  it("refuses what has two readings", () => {
    assert.equal(toField(LIMIT), LIMIT);
    assert.throws(() => toField(LIMIT + 1n), withCode("signed-value-out-of-range"));
    assert.throws(() => toField(-LIMIT - 1n), withCode("signed-value-out-of-range"));
  });
});

describe("assertFieldElement", () => {
  it("accepts 0 ≤ x < p only", () => {
    assertFieldElement(0n);
    assertFieldElement(FIELD_MODULUS - 1n);
    for (const value of [-1n, FIELD_MODULUS, FIELD_MODULUS + 1n]) {
      assert.throws(() => assertFieldElement(value), withCode("field-element-out-of-range"));
    }
  });
});

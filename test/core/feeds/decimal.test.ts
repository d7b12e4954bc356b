import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatDecimal, parseDecimal } from "../../../core/feeds/decimal.ts";
import { withCode } from "../../support/error-code.ts";

describe("parseDecimal", () => {
  const cases: readonly (readonly [text: string, decimals: number, value: bigint | undefined])[] = [
    ["64123.123456789012345678", 18, 64123123456789012345678n],
    ["64123.123456789012345678", 8, 6412312345678n],
    ["-1.999", 2, -199n],
    ["-0.001", 2, 0n],
    ["0", 18, 0n],
    ["-0", 0, 0n],
    ["+7", 1, 70n],
    ["007.50", 2, 750n],
    ["5", 0, 5n],
    ["5.9", 0, 5n],
    ["", 8, undefined],
    [".5", 8, undefined],
    ["5.", 8, undefined],
    ["1e5", 8, undefined],
    ["1,000", 8, undefined],
    [" 1", 8, undefined],
    ["1\n", 8, undefined],
    ["--1", 8, undefined],
    ["0x10", 8, undefined],
    ["NaN", 8, undefined],
    ["１", 8, undefined],
    ["1.1234567890123456789", 18, undefined],
    ["1".repeat(32), 0, BigInt("1".repeat(32))],
    ["1".repeat(33), 0, undefined],
  ];
  for (const [text, decimals, value] of cases) {
    it(`reads ${JSON.stringify(text)} with ${decimals} decimals as ${value}`, () => {
      assert.equal(parseDecimal(text, decimals), value);
    });
  }

  it("inverts formatDecimal", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 95n), 2n ** 95n), fc.integer({ min: 0, max: 18 }), (value, decimals) => {
        assert.equal(parseDecimal(formatDecimal(value, decimals), decimals), value);
      }),
    );
  });

  it("cuts toward zero", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: 0, max: 18 }), (value, decimals) => {
        assert.equal(parseDecimal(formatDecimal(value, 18), decimals), value / 10n ** BigInt(18 - decimals));
      }),
    );
  });
});

describe("formatDecimal", () => {
  it("writes the shortest exact text", () => {
    assert.equal(formatDecimal(6412300000000n, 8), "64123");
    assert.equal(formatDecimal(-5n, 2), "-0.05");
    assert.equal(formatDecimal(0n, 8), "0");
    assert.equal(formatDecimal(1230n, 2), "12.3");
    assert.equal(formatDecimal(-1230n, 0), "-1230");
  });

  it("takes 0 to 18 decimals only", () => {
    for (const decimals of [-1, 19, 1.5, NaN]) {
      assert.throws(() => formatDecimal(1n, decimals), withCode("decimals-invalid"));
      assert.throws(() => parseDecimal("1", decimals), withCode("decimals-invalid"));
    }
  });
});

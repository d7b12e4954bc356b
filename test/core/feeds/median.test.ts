import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { median } from "../../../core/feeds/median.ts";

const value = fc.bigInt({ min: -(2n ** 95n), max: 2n ** 95n - 1n });

describe("median", () => {
  it("lies in the honest range with f liars of 2f+1, wherever they stand", () => {
    const votes = fc.nat(10).chain((f) =>
      fc.record({
        honest: fc.array(value, { minLength: f + 1, maxLength: f + 1 }),
        lies: fc.array(value, { minLength: f, maxLength: f }),
        order: fc.shuffledSubarray(
          Array.from({ length: 2 * f + 1 }, (_, i) => i),
          { minLength: 2 * f + 1 },
        ),
      }),
    );
    fc.assert(
      fc.property(votes, ({ honest, lies, order }) => {
        const all = [...honest, ...lies];
        const middle = median(order.map((i) => all[i]!));
        const sorted = honest.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        assert.ok(sorted[0]! <= middle && middle <= sorted.at(-1)!);
      }),
    );
  });

  it("has as many values below as above it", () => {
    assert.equal(median([5n, -1n, 9n]), 5n);
    assert.equal(median([7n]), 7n);
    assert.equal(median([3n, 3n, 1n, 2n, 9n]), 3n);
    assert.equal(median([10n, 9n, -100n]), 9n, "compared as numbers");
  });

  it("has no middle of an even number of values", () => {
    assert.throws(() => median([]), RangeError);
    assert.throws(() => median([1n, 2n]), RangeError);
  });
});

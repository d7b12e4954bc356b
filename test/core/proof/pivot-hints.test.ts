import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { pivotHints } from "../../../core/proof/pivot-hints.ts";

const sum = (bits: readonly bigint[]) => bits.reduce((total, bit) => total + bit, 0n);
/** Few distinct values, so that ties are common. */
const oddLists = fc
  .integer({ min: 1, max: 10 })
  .chain((f) => fc.array(fc.bigInt(-4n, 4n), { minLength: 2 * f + 1, maxLength: 2 * f + 1 }));

describe("pivotHints", () => {
  it("always meets the circuit's constraints and names the middle value", () => {
    fc.assert(
      fc.property(oddLists, (values) => {
        const { median, swap, high } = pivotHints(values);
        const f = (values.length - 1) / 2;
        const sorted = values.toSorted((a, b) => Number(a - b));
        assert.equal(median, sorted[f]);
        assert.ok(sum(swap) <= 1n && sum(high) === BigInt(f));
        const first = values[0] ?? 0n;
        const pivot = first + swap.reduce((total, bit, i) => total + bit * ((values[i + 1] ?? 0n) - first), 0n);
        assert.equal(pivot, median);
        swap.forEach((bit, i) => {
          const value = bit === 1n ? first : (values[i + 1] ?? 0n);
          assert.ok(high[i] === 1n ? value >= median : value <= median);
        });
      }),
    );
  });
});

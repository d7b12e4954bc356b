import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Recent } from "../../../node/rounds/recent.ts";

function recentOf(size: number, values: readonly number[]): Recent {
  const recent = new Recent(size);
  for (const value of values) recent.push(value);
  return recent;
}

describe("recent numbers", () => {
  it("give a value that was there, by nearest rank", () => {
    const cases = [
      { values: [7], fraction: 0.5, expected: 7 },
      { values: [9, 1, 5], fraction: 0.5, expected: 5 },
      { values: [9, 1, 5, 3], fraction: 0.5, expected: 3 },
      { values: [9, 1, 5, 3], fraction: 0.75, expected: 5 },
      { values: [9, 1, 5, 3], fraction: 1, expected: 9 },
      { values: [10, 9, 100], fraction: 1, expected: 100 },
      { values: [9, 1, 5, 3], fraction: 0.01, expected: 1 },
    ];
    for (const { values, fraction, expected } of cases)
      assert.equal(recentOf(8, values).percentile(fraction), expected, `${fraction} of ${values.join()}`);
  });

  it("have none before the first", () => assert.equal(recentOf(8, []).percentile(0.5), undefined));

  it("forget the oldest", () => assert.equal(recentOf(3, [100, 100, 1, 2, 3]).percentile(1), 3));
});

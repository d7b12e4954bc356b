import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { median, percentile, summarise, tail } from "../../../scripts/bench/statistics.ts";

const WHAT = { name: "a.b", unit: "ms", about: "words" };
const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

describe("percentile", () => {
  for (const [fraction, expected] of [
    [0, 1],
    [0.01, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ] as const) {
    it(`${fraction} of 1…100 is ${expected}`, () => assert.equal(percentile(hundred, fraction), expected));
  }

  it("is always one of the samples", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (samples, fraction) => {
          assert.ok(samples.includes(percentile(samples, fraction)));
        },
      ),
    );
  });

  it("refuses to make a figure of nothing", () => assert.throws(() => percentile([], 0.5), RangeError));
});

describe("median", () => {
  for (const [samples, expected] of [
    [[3], 3],
    [[10, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[-2, -1], -1.5],
  ] as const) {
    it(`of ${samples.join(", ")} is ${expected}`, () => assert.equal(median(samples), expected));
  }

  it("refuses to make a figure of nothing", () => assert.throws(() => median([]), RangeError));
});

describe("summarise", () => {
  it("gives median, count and extremes", () => {
    assert.deepEqual(summarise({ ...WHAT, samples: [1, 30, 2] }), { ...WHAT, value: 2, runs: 3, min: 1, max: 30 });
  });

  it("keeps the digits asked for", () => {
    const { value, min, max } = summarise({ ...WHAT, samples: [1.04, 1.06], digits: 1 });
    assert.deepEqual([value, min, max], [1.1, 1, 1.1]);
  });
});

describe("tail", () => {
  it("gives a percentile with the extremes of all", () => {
    assert.deepEqual(tail({ ...WHAT, samples: hundred }, 0.99), { ...WHAT, value: 99, runs: 100, min: 1, max: 100 });
  });
});

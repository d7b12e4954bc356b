import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { localCircuit } from "../../../core/aggregate/local-circuit.ts";
import { readSample } from "../../../core/aggregate/sample.ts";
import { aggregate, type AggregateTerms } from "../../../core/aggregate/statement.ts";

const CIRCUIT = localCircuit({ name: "local-k4-w32", samples: 1, bits: 32, epsilon: "1", deltaBits: 40 });
const LARGEST = 2n ** 32n - 1n;
const BEYOND = 10n ** 60n;

describe("a sample", () => {
  for (const [sample, decimals, scaled] of [
    ["21.5", 2, 2_150n],
    [20, 2, 2_000n],
    [20.15, 2, 2_015n],
    ["-3.259", 2, -325n],
    [-0.001, 2, 0n],
    [-0, 2, 0n],
    [5e-7, 9, 500n],
    [5e-7, 2, 0n],
    [0.1 / 30, 18, 3_333_333_333_333_333n],
    [1e21, 0, 10n ** 21n],
    ["1e3", 2, 100_000n],
    ["1.25E+1", 1, 125n],
    ["-12345e-4", 2, -123n],
    [".5", 2, 50n],
    ["5.", 2, 500n],
    ["0".repeat(4_000) + "7", 0, 7n],
    [`0.${"3".repeat(4_000)}`, 3, 333n],
    ["9".repeat(4_000), 0, BEYOND],
    ["1e999999999999999999999", 2, BEYOND],
    ["-1e999999999999999999999", 2, -BEYOND],
    ["1e-999999999999999999999", 18, 0n],
    ["0e999999999999999999999", 2, 0n],
    [JSON.parse("1e400") as number, 2, BEYOND],
    [JSON.parse("-1e400") as number, 2, -BEYOND],
  ] as const) {
    const text = typeof sample === "string" && sample.length > 40 ? `${sample.length} digits` : String(sample);
    it(`of ${text} is ${scaled} in units of 10^-${decimals}`, () => assert.equal(readSample(sample, decimals), scaled));
  }

  for (const none of [
    null,
    undefined,
    true,
    [],
    {},
    NaN,
    "",
    ".",
    "-",
    "e5",
    "1e",
    "NaN",
    "Infinity",
    "0x10",
    "1 000",
  ]) {
    it(`is not ${inspect(none)}`, () => assert.equal(readSample(none, 2), undefined));
  }

  it("is no text of more than 4,096 characters", () => {
    assert.equal(readSample("1".repeat(4_096), 0), BEYOND);
    assert.equal(readSample("1".repeat(4_097), 0), undefined);
  });

  it("gives an aggregate, whichever number it is: to publish nothing would tell of it", () => {
    const terms: AggregateTerms = {
      ...{ circuit: "local-k4-w32", device: "meter-1", feed: "f", beaconRule: "none", beacon: `0x${"be".repeat(32)}` },
      ...{ epochSeconds: 900, minimum: -1_000n, decimals: 2 },
    };
    const aggregated = (sample: unknown) => {
      const scaled = readSample(sample, terms.decimals);
      assert.ok(scaled !== undefined);
      const { inputs } = aggregate(CIRCUIT, { terms, epoch: 7 }, { seed: 5n, samples: [scaled] });
      return inputs.samples[0] ?? assert.fail();
    };
    const double = fc.double({ noNaN: true });
    fc.assert(
      fc.property(double, (number) => {
        const above = aggregated(number);
        assert.ok(above >= 0n && above <= LARGEST);
        for (const text of [String(number), number.toExponential()].filter(() => Number.isFinite(number)))
          assert.equal(aggregated(text), above);
        if (number * 100 <= -1_000) assert.equal(above, 0n);
        if (number * 100 > 2 ** 32) assert.equal(above, LARGEST);
      }),
      { numRuns: 300 },
    );
  });

  it("is not above another that is no smaller", () => {
    const double = fc.double({ noNaN: true });
    fc.assert(
      fc.property(double, double, fc.nat(18), (a, b, decimals) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((one) => readSample(one, decimals));
        assert.ok(low !== undefined && high !== undefined && low <= high);
      }),
      { numRuns: 300 },
    );
  });
});

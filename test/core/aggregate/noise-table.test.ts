import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exponentialBounds, isAtMost } from "../../../core/aggregate/exponential.ts";
import type { Fraction } from "../../../core/aggregate/exponential.ts";
import { noiseStarts, stepWeights, UNIFORM_VALUES } from "../../../core/aggregate/noise-table.ts";
import { privacyOf } from "../../../core/aggregate/privacy.ts";
import { withCode } from "../../support/error-code.ts";

const ONE: Fraction = { numerator: 1n, denominator: 1n };
const fraction = (numerator: bigint, denominator = 1n): Fraction => ({ numerator, denominator });
const real = ({ numerator, denominator }: Fraction) => Number((numerator * 10n ** 30n) / denominator) / 1e30;

describe("bounds of the exponential function", () => {
  it("lie on both sides of it, close together", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16_000 }), (thousandths) => {
        const { lower, upper } = exponentialBounds(fraction(BigInt(thousandths), 1000n));
        assert.ok(isAtMost(lower, upper));
        const width = upper.numerator * lower.denominator - lower.numerator * upper.denominator;
        assert.ok(width < (1n << 256n) << 40n, "relative width below 2^-200");
        const exact = Math.exp(thousandths / 1000);
        assert.ok(Math.abs(real(lower) - exact) <= exact * 1e-12);
      }),
    );
  });

  it("agree with forty digits of e and of its root", () => {
    // OEIS A001113, A019774.
    const digits: readonly (readonly [Fraction, bigint])[] = [
      [ONE, 27182818284590452353602874713526624977572n],
      [fraction(1n, 2n), 16487212707001281468486507878141635716537n],
    ];
    for (const [x, expected] of digits) {
      const { lower, upper } = exponentialBounds(x);
      assert.ok(isAtMost(lower, fraction(expected + 1n, 10n ** 40n)));
      assert.ok(isAtMost(fraction(expected, 10n ** 40n), upper));
    }
  });
});

/** δ and the largest ratio for every change of one sample, by going through all outputs. */
function enumerated(starts: readonly bigint[], bits: number, epsilon: Fraction) {
  const weights = stepWeights(starts);
  const size = 1n << BigInt(bits);
  const half = size / 2n;
  const steps = BigInt(weights.length - 1);
  const floorDivide = (a: bigint) => (a >= 0n ? a / size : -((-a + size - 1n) / size));
  const weightAt = (output: bigint, sum: bigint) => {
    const step = floorDivide(output - sum + half);
    return weights[Number(step < 0n ? -step : step)] ?? 0n;
  };
  const growth = exponentialBounds(epsilon).lower;
  let ratio = ONE;
  let worst = 0n;
  for (let change = 1n; change < size; change++) {
    for (const [one, other] of [
      [0n, change],
      [change, 0n],
    ] as const) {
      let excess = 0n;
      for (let output = -(steps + 2n) * size; output <= (steps + 3n) * size; output++) {
        const [a, b] = [weightAt(output, one), weightAt(output, other)];
        if (b > 0n && a * ratio.denominator > ratio.numerator * b) ratio = fraction(a, b);
        const over = a * growth.denominator - b * growth.numerator;
        if (over > 0n) excess += over;
      }
      if (excess > worst) worst = excess;
    }
  }
  return { ratio, delta: fraction(worst, 2n * UNIFORM_VALUES * growth.denominator * size) };
}

describe("a table of noise", () => {
  const options = { epsilon: ONE, deltaBits: 40 };

  it("is the committed one, on every machine", () => {
    const starts = noiseStarts(options);
    assert.equal(starts.length, 29);
    assert.deepEqual(starts.slice(0, 3), [0n, 98_352_156_153_992n, 170_715_628_641_867n]);
    assert.deepEqual(starts.slice(-2), [212_829_484_057_427n, UNIFORM_VALUES]);
  });

  it("is a discrete Laplace distribution, to eleven digits", () => {
    for (const [text, epsilon] of [
      [0.5, fraction(1n, 2n)],
      [1, ONE],
      [2, fraction(2n)],
    ] as const) {
      const alpha = Math.exp(-text);
      const weights = stepWeights(noiseStarts({ epsilon, deltaBits: 40 }));
      for (const [m, weight] of weights.slice(0, 4).entries()) {
        const probability = Number(weight) / (2 * Number(UNIFORM_VALUES));
        const exact = ((1 - alpha) / (1 + alpha)) * alpha ** m;
        assert.ok(Math.abs(probability - exact) < 1e-11, `step ${m}: ${probability}, not ${exact}`);
      }
    }
  });

  it("keeps every ratio within e^ε and δ within its bound, exactly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 1600 }), fc.integer({ min: 1, max: 40 }), (hundredths, deltaBits) => {
        const epsilon = fraction(BigInt(hundredths), 100n);
        const starts = noiseStarts({ epsilon, deltaBits });
        const { ratio, delta } = privacyOf(starts, 32, epsilon);
        assert.ok(isAtMost(ratio, exponentialBounds(epsilon).lower), "ratio");
        assert.ok(isAtMost(delta, fraction(1n, 1n << BigInt(deltaBits))), "delta");
        assert.equal(starts[0], 0n);
        assert.equal(starts.at(-1), UNIFORM_VALUES);
        for (const [m, start] of starts.slice(1).entries()) assert.ok(start > (starts[m] ?? 0n), "ascends");
      }),
      { numRuns: 60 },
    );
  });

  it("hides one sample as `privacyOf` says, output by output", () => {
    for (const [bits, epsilon, deltaBits] of [
      [3, ONE, 12],
      [4, fraction(1n, 2n), 6],
      [1, fraction(2n), 20],
    ] as const) {
      const starts = noiseStarts({ epsilon, deltaBits });
      const { ratio, delta } = privacyOf(starts, bits, epsilon);
      const counted = enumerated(starts, bits, epsilon);
      assert.deepEqual(real(ratio), real(counted.ratio));
      assert.equal(delta.numerator * counted.delta.denominator, counted.delta.numerator * delta.denominator);
    }
  });

  it("would hide less with one weight moved by a thousandth, or with another table", () => {
    const starts = noiseStarts(options);
    const bound = exponentialBounds(ONE).lower;
    assert.ok(isAtMost(privacyOf(starts, 32, ONE).ratio, bound));
    const moved = starts.with(3, (starts[3] ?? 0n) + (starts[1] ?? 0n) / 1000n);
    assert.ok(!isAtMost(privacyOf(moved, 32, ONE).ratio, bound));
    const uniform = starts.map((_, m) => (UNIFORM_VALUES * BigInt(m)) / BigInt(starts.length - 1));
    assert.ok(!isAtMost(privacyOf(uniform, 32, ONE).delta, fraction(1n, 1n << 40n)));
    const looser = noiseStarts({ epsilon: fraction(11n, 10n), deltaBits: 40 });
    assert.ok(!isAtMost(privacyOf(looser, 32, ONE).ratio, bound));
  });

  it("is refused where it would take too many steps", () => {
    assert.throws(
      () => noiseStarts({ epsilon: fraction(1n, 10_000n), deltaBits: 40 }),
      withCode("noise-table-impossible"),
    );
  });
});

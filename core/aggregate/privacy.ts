import { exponentialBounds, type Fraction } from "./exponential.ts";
import { stepWeights, UNIFORM_VALUES } from "./noise-table.ts";

/** What a table's noise hides of one sample, whatever it is changed to. */
export interface Privacy {
  /** The largest ratio of the probabilities of two steps side by side: e^ε at most. */
  readonly ratio: Fraction;
  /** What ε does not cover, exactly, apart from roundings of e^ε upwards. */
  readonly delta: Fraction;
}

/**
 * The guarantee of a table for sums of samples of `bits` bits, by counting, not by estimate.
 *
 * A sum s is published as s + g·L + F − g/2, with g = 2^bits, a step L and a filling F uniform below g: an output y has the
 * probability P(L = ⌊(y − s + g/2) / g⌋) / g. Change one sample: the sum moves by d < g. Of the g outputs of a step j, seen from
 * s, there are g − d that s + d makes with the same step, and d that it makes with step j − 1. So the ratio of an output's two
 * probabilities is 1 or that of two steps side by side, and δ(ε, d) = d/g · Σⱼ max(0, Pⱼ − e^ε·Pⱼ₋₁), largest for d = g − 1.
 * The table is symmetric, so the other direction says the same.
 */
export function privacyOf(starts: readonly bigint[], bits: number, epsilon: Fraction): Privacy {
  const weights = stepWeights(starts);
  const { lower } = exponentialBounds(epsilon);
  const outward = weights.map((weight, m) => [weight, weights[m + 1] ?? 0n] as const);
  const inward = outward.map(([near, far]) => [far, near] as const);
  let ratio: Fraction = { numerator: 1n, denominator: 1n };
  let excess = 0n; // of 2·UNIFORM_VALUES·lower.denominator
  // Every pair stands on both sides of 0; in one direction one of them is met going out, the other coming in.
  for (const [one, other] of [...outward, ...inward]) {
    if (other > 0n && one * ratio.denominator > ratio.numerator * other) ratio = { numerator: one, denominator: other };
    const over = one * lower.denominator - other * lower.numerator;
    if (over > 0n) excess += over;
  }
  const g = 1n << BigInt(bits);
  return {
    ratio,
    delta: { numerator: excess * (g - 1n), denominator: 2n * UNIFORM_VALUES * lower.denominator * g },
  };
}

/** An exact number that is no integer: numerator / denominator, the latter above 0. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Two numbers between which an irrational one lies. */
export interface Enclosure {
  readonly lower: Fraction;
  readonly upper: Fraction;
}

/** Fixed-point one. An enclosure is some 2⁻²⁴⁰ wide, far below what 48-bit tables can show. */
const ONE = 1n << 256n;

/**
 * Rational bounds of eˣ, equal on every machine: the Taylor series in fixed point, rounded down for the one and up for the
 * other, whose rest is below its last term once that has 2x terms before it.
 * @param x at least 0; terms grow with it: meant for x ≤ 64.
 */
export function exponentialBounds({ numerator, denominator }: Fraction): Enclosure {
  let [lower, upper] = [ONE, ONE];
  let [lowerTerm, upperTerm] = [ONE, ONE];
  for (let n = 1n; upperTerm > 1n || n * denominator <= 2n * numerator; n++) {
    lowerTerm = (lowerTerm * numerator) / (n * denominator);
    upperTerm = (upperTerm * numerator) / (n * denominator) + 1n;
    lower += lowerTerm;
    upper += upperTerm;
  }
  return {
    lower: { numerator: lower, denominator: ONE },
    upper: { numerator: upper + upperTerm, denominator: ONE },
  };
}

/** Whether a ≤ b. */
export function isAtMost(a: Fraction, b: Fraction): boolean {
  return a.numerator * b.denominator <= b.numerator * a.denominator;
}

import { FIELD_MODULUS } from "../crypto/field.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import { exponentialBounds, type Fraction } from "./exponential.ts";

export interface NoiseTableError {
  readonly code: "noise-table-impossible";
}

export interface NoiseOptions {
  /** ε of the guarantee, above 0. */
  readonly epsilon: Fraction;
  /** δ is at most 2^−deltaBits, from 1 to 40. */
  readonly deltaBits: number;
}

/** Bits of a field element below those that choose the step. */
export const LOW_BITS = 206n;
/** Values that the top 48 bits take with equal chance: 2^47.6. */
export const UNIFORM_VALUES = FIELD_MODULUS >> LOW_BITS;
/** A constraint for each; ε of 0.03 needs some 1,000. */
const MAX_STEPS = 1_024;

/**
 * The table of `LaplaceNoise`: starts[m] … starts[m + 1] − 1 are the values that give a step of ±m; the last entry is their
 * number. Step 0 has weight v₀, a step of +m or −m half of vₘ. Each weight is the least integer that keeps the ratio to the
 * one before it within e^ε, so ε is exact, not approximate; what rounding leaves over goes to the last. As few steps as δ
 * allows. Integers alone: equal on every machine.
 * @throws QuorateError<NoiseTableError> where 48 bits and 1,024 steps do not suffice.
 */
export function noiseStarts(options: NoiseOptions): readonly bigint[] {
  const { epsilon, deltaBits } = options;
  const isEnough = (steps: number) => isTailThin(weightsOf(steps, epsilon), deltaBits);
  let [low, high] = [1, MAX_STEPS];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  if (isEnough(low)) return startsOf(weightsOf(low, epsilon));
  const message = `no ${MAX_STEPS} steps reach a delta of 2^-${deltaBits}: raise epsilon or delta`;
  throw new QuorateError<NoiseTableError>({ code: "noise-table-impossible" }, message);
}

/** How likely each step is, in units of 1 / (2 · UNIFORM_VALUES): 0, then +m (and as likely −m) for each m. */
export function stepWeights(starts: readonly bigint[]): readonly bigint[] {
  return starts.slice(1).map((end, m) => (m === 0 ? 2n : 1n) * (end - (starts[m] ?? 0n)));
}

/** Beyond the last step there is nothing: that step's probability is what δ has to cover. */
function isTailThin(weights: readonly bigint[], deltaBits: number): boolean {
  const last = weights.at(-1) ?? 0n;
  return last > 0n && last << BigInt(deltaBits) <= 2n * UNIFORM_VALUES;
}

/** The weights v₀ … v_steps with the largest v₀ that leaves room for the others. */
function weightsOf(steps: number, epsilon: Fraction): bigint[] {
  const growth = exponentialBounds(epsilon).lower;
  const shrink = (weight: bigint) => ceilDivide(weight * growth.denominator, growth.numerator);
  const weights = (first: bigint) => {
    const list = [first, shrink(2n * first)];
    while (list.length <= steps) list.push(shrink(list.at(-1) ?? 0n));
    return list;
  };
  let [low, high] = [0n, UNIFORM_VALUES];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (sum(weights(middle)) <= UNIFORM_VALUES) low = middle;
    else high = middle - 1n;
  }
  const found = weights(low);
  return found.with(-1, (found.at(-1) ?? 0n) + UNIFORM_VALUES - sum(found));
}

function startsOf(weights: readonly bigint[]): bigint[] {
  const starts = [0n];
  for (const weight of weights) starts.push((starts.at(-1) ?? 0n) + weight);
  return starts;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

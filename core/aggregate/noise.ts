import { QuorateError } from "../errors/quorate-error.ts";
import { LOW_BITS, UNIFORM_VALUES } from "./noise-table.ts";

export interface NoiseError {
  readonly code: "noise-unavailable";
}

/** Noise in its parts: step · 2^bits + filling − 2^(bits−1). */
export interface Noise {
  readonly step: bigint;
  readonly filling: bigint;
  readonly value: bigint;
}

/**
 * The noise that a field element stands for: the twin of `LaplaceNoise`.
 * @param random canonical. @param starts the table.
 * @throws QuorateError<NoiseError> for one element in 2^48.6, of which the circuit makes none either.
 */
export function noiseOf(random: bigint, starts: readonly bigint[], bits: number): Noise {
  const high = random >> LOW_BITS;
  const distance = starts.findIndex((start, m) => start <= high && high < (starts[m + 1] ?? 0n));
  if (high >= UNIFORM_VALUES || distance < 0) {
    const message = "this epoch's random number is one that makes no noise: leave the epoch out";
    throw new QuorateError<NoiseError>({ code: "noise-unavailable" }, message);
  }
  const size = 1n << BigInt(bits);
  const isNegative = ((random >> BigInt(bits)) & 1n) === 1n;
  const step = isNegative ? -BigInt(distance) : BigInt(distance);
  const filling = random & (size - 1n);
  return { step, filling, value: step * size + filling - size / 2n };
}

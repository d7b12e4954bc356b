import { concat, toBeHex } from "ethers";
import { QuorateError } from "../errors/quorate-error.ts";
import type { Hex } from "../types/hex.ts";

/** Bits of a lane in the store of a packed hub: 64 hold a value exactly, 32 a mantissa of 24 bits and an exponent. */
export type LaneBits = 64 | 32;

export interface PackedLanesError {
  readonly code: "value-not-packable";
  readonly lane: number;
  readonly value: bigint;
}

const WORD_BITS = 256;
const EXACT_OFFSET = 2n ** 63n;
const MANTISSA_BITS = 25n;
const MANTISSA_OFFSET = 2n ** 24n;
const MAX_EXPONENT = 127n;

/**
 * Words of values as the contracts' `PackedLanes` has them; undefined is a lane without a value.
 * @throws QuorateError<PackedLanesError> for a value that the encoding does not hold: see `quantise`.
 */
export function packWords(values: readonly (bigint | undefined)[], bits: LaneBits): Hex {
  const perWord = WORD_BITS / bits;
  const lanes = Math.ceil(values.length / perWord) * perWord;
  const parts = Array.from({ length: lanes }, (_, lane) => {
    const value = values[lane];
    const part = value === undefined ? 0n : partOf(value, bits);
    if (part !== undefined) return toBeHex(part, bits / 8);
    const data = { code: "value-not-packable", lane, value: value ?? 0n } as const;
    throw new QuorateError<PackedLanesError>(
      data,
      `the value of lane ${lane} is not held exactly by ${bits} bits: quantise it`,
    );
  });
  return concat(parts) as Hex;
}

/**
 * The nearest value that the encoding holds, ties away from zero: what a committee of a packed hub agrees about and signs.
 * Undefined for one beyond its range.
 */
export function quantise(value: bigint, bits: LaneBits): bigint | undefined {
  const amount = value < 0n ? -value : value;
  if (bits === 64) return amount < EXACT_OFFSET ? value : undefined;
  const exponent = exponentOf(amount);
  const half = exponent === 0n ? 0n : 1n << (exponent - 1n);
  const rounded = ((amount + half) >> exponent) << exponent;
  if (exponentOf(rounded) > MAX_EXPONENT) return undefined;
  return value < 0n ? -rounded : rounded;
}

/** The least exponent that leaves a mantissa below 2^24. */
function exponentOf(amount: bigint): bigint {
  let exponent = 0n;
  while (amount >> exponent >= MANTISSA_OFFSET) exponent += 1n;
  return exponent;
}

function partOf(value: bigint, bits: LaneBits): bigint | undefined {
  if (quantise(value, bits) !== value) return undefined;
  if (bits === 64) return value + EXACT_OFFSET;
  const exponent = exponentOf(value < 0n ? -value : value);
  return (exponent << MANTISSA_BITS) | ((value >> exponent) + MANTISSA_OFFSET);
}

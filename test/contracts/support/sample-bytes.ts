import { hexlify } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";

/** Bytes that change from place to place; none is 0. */
export function sampleBytes(length: number, seed = 0): Hex {
  const bytes = Uint8Array.from({ length }, (_, i) => 1 + ((31 * i + 17 * (i >> 8) + 101 * seed) % 255));
  return hexlify(bytes) as Hex;
}

/** The same as a number. */
export function sampleNumber(bytes: number, seed = 0): bigint {
  return BigInt(sampleBytes(bytes, seed));
}

import { concat, Signature, toBeHex } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";

/** N: the order of secp256k1's group. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The malleated twin. A vs word holds only 255 bits of s, so its top bit is taken for the parity. */
export function highS(signature: Hex): Hex {
  const { r, s, yParity } = Signature.from(signature);
  return concat([
    r,
    toBeHex(((1n - BigInt(yParity)) << 255n) | ((ORDER - BigInt(s)) & ((1n << 255n) - 1n)), 32),
  ]) as Hex;
}

/** A high s that does fit, which the precompile would take: r is the generator's x. */
export function fittingHighS(): Hex {
  const r = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
  return concat([r, toBeHex(ORDER / 2n + 1n, 32)]) as Hex;
}

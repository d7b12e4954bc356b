import { concat, toBeHex } from "ethers";
import type { MemberSignature } from "../types/final.ts";
import type { Hex } from "../types/hex.ts";

const BITMAP_BYTES = 4;

/** What the hub takes: bitmap:uint32 ‖ the compact signatures, one per set bit in rising member order. */
export function packSignatures(signatures: readonly MemberSignature[]): Hex {
  const ordered = signatures.toSorted((a, b) => a.signer - b.signer);
  const bitmap = ordered.reduce((bits, { signer }) => bits | (1n << BigInt(signer)), 0n);
  return concat([toBeHex(bitmap, BITMAP_BYTES), ...ordered.map(({ signature }) => signature)]) as Hex;
}

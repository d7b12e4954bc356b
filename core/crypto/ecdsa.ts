import { dataLength, getAddress, recoverAddress, Signature, SigningKey } from "ethers";
import type { Hex } from "../types/hex.ts";

const COMPACT_BYTES = 64;

/** A deterministic (RFC 6979), low-s signature over a 32-byte digest as 64 bytes (r, vs), EIP-2098. */
export function signCompact(privateKey: Uint8Array, digest: Hex): Hex {
  return new SigningKey(privateKey).sign(digest).compactSerialized as Hex;
}

/** Whether `address` made the compact signature. False for any malformed bytes; never throws. */
export function verifyCompact(address: Hex, digest: Hex, signature: Hex): boolean {
  try {
    if (dataLength(signature) !== COMPACT_BYTES) return false;
    return recoverAddress(digest, Signature.from(signature)) === getAddress(address);
  } catch {
    return false; // Not a point, r or s out of range, high s, wrong length: no signature of anybody.
  }
}

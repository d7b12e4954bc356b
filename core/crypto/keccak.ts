import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../types/hex.ts";

/** Ethereum's keccak256 of bytes, given as such or as hexadecimal text. Twice as fast as ethers', which holds an older build of the same library. */
export function keccak256(data: Uint8Array | Hex): Hex {
  return `0x${bytesToHex(keccak_256(typeof data === "string" ? hexToBytes(data.slice(2)) : data))}`;
}

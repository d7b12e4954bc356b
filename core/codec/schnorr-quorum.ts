import { AbiCoder, concat, id, toBeHex } from "ethers";
import { keccak256 } from "../crypto/keccak.ts";
import type { SchnorrSignature } from "../crypto/schnorr.ts";
import type { Hex } from "../types/hex.ts";
import type { Point } from "../types/observation.ts";
import type { ConfigurationDomain } from "./configuration.ts";

const POSSESSION_TAG = id("quorate.possession.v1");
const BITMAP_BYTES = 4;
const WORD_BYTES = 32;

/** What the hub takes of a committee with one group key: s:32 | nonce:20. */
export function packGroupSignature({ s, nonce }: SchnorrSignature): Hex {
  return concat([toBeHex(s, WORD_BYTES), nonce]) as Hex;
}

/** What the hub takes of a committee whose keys are summed: signer bitmap:4 | inverse:32 | s:32 | nonce:20. @param inverse see `keySumInverse`. */
export function packKeySumSignature(
  signature: SchnorrSignature,
  { members, inverse }: { readonly members: readonly number[]; readonly inverse: bigint },
): Hex {
  const bitmap = members.reduce((bits, member) => bits | (1n << BigInt(member)), 0n);
  return concat([toBeHex(bitmap, BITMAP_BYTES), toBeHex(inverse, WORD_BYTES), packGroupSignature(signature)]) as Hex;
}

/** What a Schnorr key signs to be registered. @param signer the member's; the zero address for a group's key. */
export function possessionDigest(
  { chainId, registry }: Pick<ConfigurationDomain, "chainId" | "registry">,
  signer: Hex,
  { x, y }: Point,
): Hex {
  const types = ["bytes32", "uint256", "address", "address", "uint256", "uint256"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [POSSESSION_TAG, chainId, registry, signer, x, y]) as Hex);
}

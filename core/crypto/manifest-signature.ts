import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../types/hex.ts";

/** Names what is signed and how; also the domain that keeps these signatures apart from all others of the same key. */
export const MANIFEST_SCHEME = "quorate/manifest/1";

export interface ManifestSignature {
  /** Ed25519 public key, 32 bytes. */
  readonly key: Hex;
  /** 64 bytes. */
  readonly signature: Hex;
}

export function publisherKey(seed: Uint8Array): Hex {
  return `0x${bytesToHex(ed25519.getPublicKey(seed))}`;
}

/**
 * Ed25519 (RFC 8032) over `"quorate/manifest/1" ‖ 0 ‖ sha256(manifest)`.
 * @param manifest the file's exact bytes.
 * @param seed 32 secret bytes.
 */
export function signManifest(manifest: Uint8Array, seed: Uint8Array): ManifestSignature {
  return { key: publisherKey(seed), signature: `0x${bytesToHex(ed25519.sign(signedMessage(manifest), seed))}` };
}

/**
 * Whether the key signed these bytes. Strict: S below the group's order, canonical points and no key of small order, so
 * that one signature has one form and no key verifies what its owner did not sign. Malformed input is false, never an error.
 */
export function verifyManifest(manifest: Uint8Array, { key, signature }: ManifestSignature): boolean {
  try {
    const [raw, publicKey] = [hexToBytes(signature.slice(2)), hexToBytes(key.slice(2))];
    return ed25519.verify(raw, signedMessage(manifest), publicKey, { zip215: false });
  } catch {
    return false;
  }
}

function signedMessage(manifest: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes(MANIFEST_SCHEME), Uint8Array.of(0), sha256(manifest));
}

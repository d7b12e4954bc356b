import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { computeAddress, getBytes, SigningKey } from "ethers";
import type { Hex } from "../types/hex.ts";

const { Point } = secp256k1;
type CurvePoint = WeierstrassPoint<bigint>;

const COMPACT_SIGNATURE = /^0x[0-9a-fA-F]{128}$/;
const DIGEST = /^0x[0-9a-fA-F]{64}$/;
const PARITY_BIT = 1n << 255n;
const HALF_ORDER = Point.Fn.ORDER >> 1n;

/**
 * Bits per window of the multiplication tables. The base point's serves every verification; a member's key takes 1,408
 * points, about 0.3 MiB, and makes a verification three times faster.
 */
const BASE_WINDOW = 8;
const KEY_WINDOW = 6;

Point.BASE.precompute(BASE_WINDOW);

/** A deterministic (RFC 6979), low-s signature over a 32-byte digest as 64 bytes (r, vs), EIP-2098. */
export function signCompact(privateKey: Uint8Array, digest: Hex): Hex {
  return new SigningKey(privateKey).sign(digest).compactSerialized as Hex;
}

/**
 * Whether `address` made the compact signature, which is to say whether the EVM's ecrecover gives that address.
 * False for any malformed bytes, and for a high s; never throws.
 */
export function verifyCompact(address: Hex, digest: Hex, signature: Hex): boolean {
  if (!DIGEST.test(digest) || !COMPACT_SIGNATURE.test(signature)) return false;
  const parsed = parseCompact(signature);
  if (parsed === undefined) return false;
  const name = address.toLowerCase();
  const key = knownKeys.get(name);
  if (key !== undefined) return isSignedBy(key, BigInt(digest), parsed);
  const recovered = recoverKey(digest, parsed);
  if (recovered === undefined || addressOf(recovered) !== name) return false;
  remember(name, recovered);
  return true;
}

interface CompactSignature {
  readonly r: bigint;
  readonly s: bigint;
  /** Whether the nonce point's y is odd: without it the signature would fit two keys. */
  readonly parity: 0 | 1;
}

/** Undefined unless 0 < r < n and 0 < s ≤ n/2. */
function parseCompact(signature: Hex): CompactSignature | undefined {
  const r = BigInt(signature.slice(0, 66));
  const vs = BigInt(`0x${signature.slice(66)}`);
  const parity = vs >= PARITY_BIT ? 1 : 0;
  const s = parity === 1 ? vs - PARITY_BIT : vs;
  return r > 0n && r < Point.Fn.ORDER && s > 0n && s <= HALF_ORDER ? { r, s, parity } : undefined;
}

/**
 * ECDSA's equation with the nonce point kept whole: R = (z·G + r·Q)/s must have R.x = r and the parity that the signature
 * names, so that exactly those signatures pass from which ecrecover gets Q.
 */
function isSignedBy(key: CurvePoint, digest: bigint, { r, s, parity }: CompactSignature): boolean {
  const { Fn } = Point;
  const inverse = Fn.inv(s);
  const fromDigest = Point.BASE.multiplyUnsafe(Fn.create(digest * inverse));
  const nonce = fromDigest.add(key.multiplyUnsafe(Fn.create(r * inverse)));
  if (nonce.is0()) return false;
  const { x, y } = nonce.toAffine();
  return x === r && y % 2n === BigInt(parity);
}

function recoverKey(digest: Hex, { r, s, parity }: CompactSignature): CurvePoint | undefined {
  try {
    return new secp256k1.Signature(r, s, parity).recoverPublicKey(getBytes(digest));
  } catch {
    return undefined; // no point has this r
  }
}

function addressOf(key: CurvePoint): string {
  return computeAddress(`0x${key.toHex(false)}`).toLowerCase();
}

/** Two committees of 31 during a change. Only keys that signed for their address get in. */
const MAX_KNOWN_KEYS = 64;
const knownKeys = new Map<string, CurvePoint>();

/** An address is a hash: once its key is known, verifying needs no recovery. A pure function with a bounded memory. */
function remember(address: string, key: CurvePoint): void {
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear();
  knownKeys.set(address, key.precompute(KEY_WINDOW));
}

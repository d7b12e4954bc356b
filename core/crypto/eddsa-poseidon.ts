import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { blake512 } from "@noble/hashes/blake1.js";
import { QuorateError } from "../errors/quorate-error.ts";
import type { EdDsaSignature, Point } from "../types/observation.ts";
import { affine, BASE8, multiplyBase, observerKeyPoint, pointOnCurve, SUBGROUP_ORDER } from "./babyjubjub.ts";
import { assertFieldElement, isFieldElement } from "./field.ts";
import { poseidon } from "./poseidon.ts";

export interface EdDsaErrorData {
  readonly code: "observer-seed-length";
  readonly length: number;
}

/** Bytes of an observer's seed. */
const OBSERVER_SEED_BYTES = 32;

export interface ObserverKey {
  /** s/8 mod l: publicKey = secretScalar·Base8. */
  readonly secretScalar: bigint;
  readonly publicKey: Point;
}

interface ExpandedSeed {
  /** Clamped as in Ed25519: a multiple of 8 with bit 254 set. */
  readonly s: bigint;
  /** The second half of the hash, which makes nonces unpredictable. */
  readonly prefix: Uint8Array;
}

/**
 * The key pair of a seed, as circomlibjs derives it: BLAKE-512 of the seed, clamped like Ed25519, shifted right by three.
 * @param seed 32 secret bytes; another length throws `observer-seed-length`.
 */
export function deriveObserverKey(seed: Uint8Array): ObserverKey {
  const secretScalar = (expand(seed).s >> 3n) % SUBGROUP_ORDER;
  return { secretScalar, publicKey: affine(multiplyBase(secretScalar)) };
}

/** Makes signatures with one key. */
export type EddsaSigner = (message: bigint) => EdDsaSignature;

/**
 * A signer of field elements, byte for byte as circomlibjs' `signPoseidon`: deterministic nonce, S = r + H(R8, A, m)·s mod l.
 * The public key is computed once. A message must be a canonical field element, else `field-element-out-of-range`.
 * @param seed 32 secret bytes; another length throws `observer-seed-length`.
 */
export function createEddsaSigner(seed: Uint8Array): EddsaSigner {
  const expanded = expand(seed);
  const publicKey = affine(multiplyBase(expanded.s >> 3n));
  return (message) => sign({ ...expanded, publicKey }, message);
}

/** One signature: see `createEddsaSigner`. */
export function signEddsaPoseidon(seed: Uint8Array, message: bigint): EdDsaSignature {
  return createEddsaSigner(seed)(message);
}

function sign({ s, prefix, publicKey }: ExpandedSeed & { readonly publicKey: Point }, message: bigint): EdDsaSignature {
  assertFieldElement(message);
  const nonce = fromLittleEndian(blake512(concat(prefix, toLittleEndian32(message)))) % SUBGROUP_ORDER;
  const r8 = affine(multiplyBase(nonce));
  const challenge = poseidon([r8.x, r8.y, publicKey.x, publicKey.y, message]);
  return { r8, s: (nonce + challenge * s) % SUBGROUP_ORDER };
}

/**
 * S·Base8 = R8 + H(R8, A, m)·8·A, as circomlib's `EdDSAPoseidonVerifier` checks it.
 * False for anything else, and for S ≥ l, R8 or A off the curve, A the identity, of small order or outside the prime
 * subgroup, numbers that are not canonical. Never throws for a peer's input.
 */
export function verifyEddsaPoseidon(publicKey: Point, message: bigint, signature: EdDsaSignature): boolean {
  const { r8, s } = signature;
  if (s < 0n || s >= SUBGROUP_ORDER || !isFieldElement(message)) return false;
  const key = knownKeyPoint(publicKey);
  if (key === undefined) return false;
  const commitment = pointOnCurve(r8);
  if (commitment === undefined) return false;
  const challenge = poseidon([r8.x, r8.y, publicKey.x, publicKey.y, message]);
  const right = commitment.add(key.multiplyUnsafe((challenge * 8n) % SUBGROUP_ORDER));
  return BASE8.multiplyUnsafe(s).equals(right);
}

/** Two committees of 31 during a change. */
const MAX_KNOWN_KEYS = 64;
/** Bits per window of a key's multiplication table: 1,376 points, about 0.3 MiB. */
const KEY_WINDOW = 6;
const knownKeys = new Map<string, EdwardsPoint>();

/**
 * `observerKeyPoint`, remembered for keys that passed, with a table of their multiples: the subgroup check costs as much as
 * a whole verification, and the table makes that twice as fast. A pure function with a bounded memory.
 */
function knownKeyPoint(key: Point): EdwardsPoint | undefined {
  const name = `${key.x},${key.y}`;
  const known = knownKeys.get(name);
  if (known !== undefined) return known;
  const point = observerKeyPoint(key);
  if (point === undefined) return undefined;
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear();
  knownKeys.set(name, point.precompute(KEY_WINDOW));
  return point;
}

function expand(seed: Uint8Array): ExpandedSeed {
  if (seed.length !== OBSERVER_SEED_BYTES) {
    throw new QuorateError<EdDsaErrorData>(
      { code: "observer-seed-length", length: seed.length },
      `an observer's seed has ${OBSERVER_SEED_BYTES} bytes, not ${seed.length}: create one with the key commands`,
    );
  }
  const hash = blake512(seed);
  const clamped = fromLittleEndian(hash.subarray(0, 32));
  const s = (clamped & ((1n << 255n) - 8n)) | (1n << 254n);
  return { s, prefix: hash.subarray(32) };
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

function toLittleEndian32(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}

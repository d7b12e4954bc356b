import { secp256k1 } from "@noble/curves/secp256k1.js";
import { invert, mod } from "@noble/curves/abstract/modular.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, dataSlice, getBytes, hexlify, toBeHex, toBigInt } from "ethers";
import type { Hex } from "../types/hex.ts";
import type { Point } from "../types/observation.ts";
import { keccak256 } from "./keccak.ts";

/** Of a key P over a digest: R = s·G − e·P, with e = keccak256(P.x ‖ parity of P.y ‖ digest ‖ address of R) mod N. */
export interface SchnorrSignature {
  readonly s: bigint;
  /** Address of the nonce point R. */
  readonly nonce: Hex;
}

const Secp = secp256k1.Point;
const FIELD = Secp.Fp.ORDER;
const ORDER = Secp.Fn.ORDER;

/** @param secret 32 bytes, big-endian, in 1…N−1. */
export function schnorrPublicKey(secret: Uint8Array): Point {
  return toPoint(Secp.BASE.multiply(toBigInt(secret)));
}

/**
 * Signs alone. The nonce is derived from secret and digest, so that there is one signature of a digest.
 * @param secret 32 bytes, big-endian, in 1…N−1: of a key that signs nothing else. With ECDSA under the same key and related nonces two
 * signatures give it away.
 */
export function signSchnorr(secret: Uint8Array, digest: Hex): SchnorrSignature {
  const key = toBigInt(secret);
  const nonce = mod(toBigInt(sha512(getBytes(concat([NONCE_TAG, secret, digest])))), ORDER);
  const nonceAddress = addressOf(toPoint(Secp.BASE.multiply(nonce)));
  const challenge = challengeOf(schnorrPublicKey(secret), digest, nonceAddress);
  return { s: mod(nonce + challenge * key, ORDER), nonce: nonceAddress };
}

const NONCE_TAG = keccak256(hexlify(new TextEncoder().encode("quorate.schnorr.nonce.v1")) as Hex);

/** As the contracts' `SchnorrSignature.isValid`. @param key on the curve. */
export function verifySchnorr(key: Point, digest: Hex, { s, nonce }: SchnorrSignature): boolean {
  if (s <= 0n || s >= ORDER || key.x === 0n || key.x >= ORDER) return false;
  const challenge = challengeOf(key, digest, nonce);
  const point = Secp.fromAffine(key).multiplyUnsafe(challenge).negate().add(Secp.BASE.multiply(s));
  return !point.is0() && addressOf(toPoint(point)) === nonce.toLowerCase();
}

/** The sum of some keys. Undefined where it is the neutral element. */
export function sumOfKeys(keys: readonly Point[]): Point | undefined {
  const sum = keys.map(({ x, y }) => Secp.fromAffine({ x, y })).reduce((total, key) => total.add(key), Secp.ZERO);
  return sum.is0() ? undefined : toPoint(sum);
}

/** The secret of the sum of the keys of these secrets: what all signers together know. */
export function sumOfSecrets(secrets: readonly Uint8Array[]): Uint8Array {
  return getBytes(
    toBeHex(
      secrets.reduce((sum, secret) => mod(sum + toBigInt(secret), ORDER), 0n),
      32,
    ),
  );
}

/**
 * Z⁻¹ of the sum of some keys, as the contracts' `KeySum` adds them up: from the highest member down, in Jacobian coordinates.
 * Undefined where a partial sum meets the next key or its opposite: other signers are needed then.
 * @param keys in rising member order, one at least.
 */
export function keySumInverse(keys: readonly Point[]): bigint | undefined {
  const [first, ...rest] = keys.toReversed();
  if (first === undefined) throw new RangeError("a sum needs a key");
  let [x, y, z] = [first.x, first.y, 1n];
  for (const key of rest) {
    const zz = mod(z * z, FIELD);
    const h = mod(key.x * zz - x, FIELD);
    const r = mod(key.y * zz * z - y, FIELD);
    const [hh, hhh] = [mod(h * h, FIELD), mod(h * h * h, FIELD)];
    const v = mod(x * hh, FIELD);
    x = mod(r * r - hhh - 2n * v, FIELD);
    y = mod(r * (v - x) - y * hhh, FIELD);
    z = mod(z * h, FIELD);
  }
  return z === 0n ? undefined : invert(z, FIELD);
}

function challengeOf({ x, y }: Point, digest: Hex, nonce: Hex): bigint {
  return mod(toBigInt(keccak256(concat([toBeHex(x, 32), toBeHex(y & 1n, 1), digest, nonce]) as Hex)), ORDER);
}

function addressOf({ x, y }: Point): Hex {
  return dataSlice(keccak256(concat([toBeHex(x, 32), toBeHex(y, 32)]) as Hex), 12) as Hex;
}

function toPoint(point: InstanceType<typeof Secp>): Point {
  const { x, y } = point.toAffine();
  return { x, y };
}

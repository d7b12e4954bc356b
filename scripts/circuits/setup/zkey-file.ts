import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import type { Constraint, R1cs } from "./r1cs-file.ts";

const P = FIELD_MODULUS;
const FIELD_BYTES = 32;
const GROTH16 = 1;
const VERSION = 1;

/** All points affine, little-endian Montgomery bytes, concatenated. */
export interface ZkeyPoints {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
  readonly ic: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly c: Uint8Array;
  readonly h: Uint8Array;
}

export interface ZkeyOptions {
  readonly r1cs: R1cs;
  readonly logDomain: number;
  /** BN254's base field modulus. */
  readonly baseModulus: bigint;
  readonly points: ZkeyPoints;
  /** 64 bytes in place of a ceremony's circuit hash. */
  readonly circuitHash: Uint8Array;
}

/** snarkjs' proving key file, sections in the order in which snarkjs writes them, with no contributions. */
export function writeZkey(options: ZkeyOptions): Uint8Array {
  const { r1cs, points } = options;
  return container("zkey", [
    [1, u32(GROTH16)],
    [2, header(options)],
    [4, coefficients(r1cs)],
    [3, points.ic],
    [9, points.h],
    [8, points.c],
    [5, points.a],
    [6, points.b1],
    [7, points.b2],
    [10, Buffer.concat([options.circuitHash, u32(0)])],
  ]);
}

function container(magic: string, sections: readonly (readonly [id: number, body: Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(magic, "latin1"), u32(VERSION), u32(sections.length)];
  for (const [id, body] of sections) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(body.length));
    parts.push(u32(id), size, body);
  }
  return Buffer.concat(parts);
}

function header({ r1cs, logDomain, baseModulus, points }: ZkeyOptions): Uint8Array {
  const sizes = [r1cs.wires, r1cs.publicSignals, 2 ** logDomain].map(u32);
  const { alpha1, beta1, beta2, gamma2, delta1, delta2 } = points;
  const fields = [u32(FIELD_BYTES), fieldBytes(baseModulus), u32(FIELD_BYTES), fieldBytes(P)];
  return Buffer.concat([...fields, ...sizes, alpha1, beta1, beta2, gamma2, delta1, delta2]);
}

/** Matrices A (0) and B (1), row by row, and one row of A per public signal. Values are multiplied by R² (R = 2²⁵⁶ mod p). */
function coefficients({ constraints, publicSignals }: R1cs): Uint8Array {
  const rows = [...constraints, ...publicRows(publicSignals)];
  const count = rows.reduce((sum, { a, b }) => sum + a.length + b.length, 0);
  const out = Buffer.alloc(4 + count * (12 + FIELD_BYTES));
  let at = out.writeUInt32LE(count);
  const scaled = new Map<bigint, Uint8Array>(); // most coefficients are ±1 and powers of two
  rows.forEach(({ a, b }, row) => {
    for (const [matrix, terms] of [a, b].entries()) {
      for (const { wire, coefficient } of terms) {
        const bytes = scaled.get(coefficient) ?? fieldBytes((coefficient * MONTGOMERY_SQUARED) % P);
        scaled.set(coefficient, bytes);
        at = out.writeUInt32LE(matrix, at);
        at = out.writeUInt32LE(row, at);
        at = out.writeUInt32LE(wire, at);
        out.set(bytes, at);
        at += FIELD_BYTES;
      }
    }
  });
  return out;
}

const MONTGOMERY_SQUARED = 2n ** 512n % P;

function publicRows(publicSignals: number): Constraint[] {
  return Array.from({ length: publicSignals + 1 }, (_, wire) => ({ a: [{ wire, coefficient: 1n }], b: [], c: [] }));
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function fieldBytes(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(2 * FIELD_BYTES, "0"), "hex").reverse();
}

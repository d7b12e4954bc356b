import { bn254 } from "@noble/curves/bn254.js";

const { Fp } = bn254.fields;
const COORDINATE_BYTES = 32;
export const G1_BYTES = 2 * COORDINATE_BYTES;
export const G2_BYTES = 4 * COORDINATE_BYTES;
/** snarkjs stores coordinates in Montgomery form: times R = 2²⁵⁶. */
const R_INVERSE = Fp.inv(2n ** 256n % Fp.ORDER);

/**
 * @param bytes little endian, Montgomery form.
 * @throws RangeError for one that is not reduced, which would be a second form of the same number.
 */
function coordinate(bytes: Uint8Array): bigint {
  const stored = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  if (stored >= Fp.ORDER) throw new RangeError("a coordinate is not below the field's modulus");
  return Fp.mul(stored, R_INVERSE);
}

function coordinates(point: Uint8Array): bigint[] {
  return Array.from({ length: point.length / COORDINATE_BYTES }, (_, i) =>
    coordinate(point.subarray(i * COORDINATE_BYTES, (i + 1) * COORDINATE_BYTES)),
  );
}

/** Whether these bytes are a point of G1, and not its identity. */
export function isG1Point(point: Uint8Array): boolean {
  return isValid(() => {
    const [x = 0n, y = 0n] = coordinates(point);
    return bn254.G1.Point.fromAffine({ x, y });
  });
}

/** Whether these bytes are a point of G2's subgroup of prime order, and not the identity. The precompile refuses any other. */
export function isG2Point(point: Uint8Array): boolean {
  return isValid(() => {
    const [x0 = 0n, x1 = 0n, y0 = 0n, y1 = 0n] = coordinates(point);
    return bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
  });
}

function isValid(read: () => { assertValidity(): void; is0(): boolean }): boolean {
  try {
    const point = read();
    point.assertValidity();
    return !point.is0();
  } catch {
    return false; // a bad point is told by throwing
  }
}

/**
 * The form in which snarkjs hashes points: big endian, the imaginary part of a G2 coordinate first.
 * @param point one of G1 or G2, in stored form.
 */
export function hashedForm(point: Uint8Array): Buffer {
  const words = coordinates(point).map((value) => Buffer.from(value.toString(16).padStart(64, "0"), "hex"));
  if (point.length === G1_BYTES) return Buffer.concat(words);
  const [x0, x1, y0, y1] = words as [Buffer, Buffer, Buffer, Buffer];
  return Buffer.concat([x1, x0, y1, y0]);
}

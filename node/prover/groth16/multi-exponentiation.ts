import type { Curve, Step } from "ffjavascript";
import type { Bases } from "./proving-key.ts";

const SCALAR_BYTES = 32;
const SCALAR_BITS = 254;
const COORDINATE_BYTES = { G1: 32, G2: 64 } as const;

/**
 * Σ scalarᵢ·baseᵢ by Pippenger's method: windows of bits, each a bucket sum. ffjavascript does the same, but copies all points
 * to a worker for each window; here a worker gets them once, and takes every n-th window.
 * @param scalars canonical little-endian field elements, to which the bases' positions refer. @returns a projective point.
 */
export async function multiExponentiation(curve: Curve, bases: Bases, scalars: Uint8Array): Promise<Uint8Array> {
  const { group, points } = bases;
  const count = bases.scalars.length;
  if (count === 0) return curve[group].zero;
  const bits = windowBits(count);
  const windows = Math.ceil(SCALAR_BITS / bits);
  const own = gather(bases.scalars, scalars);
  const workers = Math.min(curve.tm.concurrency, windows);
  const sums: Uint8Array[] = [];
  const taken = Array.from({ length: workers }, async (_, worker) => {
    const indices = Array.from({ length: windows }, (_, window) => window).filter(
      (window) => window % workers === worker,
    );
    const results = await curve.tm.queueAction(windowSums({ group, points, own, count, bits, indices }));
    if (results.length !== indices.length)
      throw new TypeError("a worker gave another number of sums than was asked for");
    for (const [i, sum] of results.entries()) sums[indices[i] ?? 0] = sum;
  });
  await Promise.all(taken);
  return sums.reduceRight((total, sum) => {
    let shifted = total;
    for (let i = 0; i < bits; i++) shifted = curve[group].double(shifted);
    return curve[group].add(shifted, sum);
  }, curve[group].zero);
}

interface WindowTask {
  readonly group: Bases["group"];
  readonly points: Uint8Array;
  readonly own: Uint8Array;
  readonly count: number;
  readonly bits: number;
  readonly indices: readonly number[];
}

function windowSums({ group, points, own, count, bits, indices }: WindowTask): Step[] {
  const length = 3 * COORDINATE_BYTES[group];
  const [bases, scalars, sum] = [0, 1, 2];
  return [
    { cmd: "ALLOCSET", var: bases, buff: points },
    { cmd: "ALLOCSET", var: scalars, buff: own },
    { cmd: "ALLOC", var: sum, len: length },
    ...indices.flatMap((window, i): Step[] => {
      const from = window * bits;
      const params = [
        ...[{ var: bases }, { var: scalars }, { val: SCALAR_BYTES }, { val: count }],
        ...[{ val: from }, { val: Math.min(bits, 8 * SCALAR_BYTES - from) }, { var: sum }],
      ];
      return [
        { cmd: "CALL", fnName: `${group.toLowerCase()}m_multiexpAffine_chunk`, params },
        { cmd: "GET", out: i, var: sum, len: length },
      ];
    }),
  ];
}

/** Fewest additions: each window adds every point once, and its buckets twice. */
function windowBits(points: number): number {
  const cost = (bits: number) => Math.ceil(SCALAR_BITS / bits) * (points + 2 * 2 ** bits);
  const sizes = Array.from({ length: 16 }, (_, i) => i + 1);
  return sizes.reduce((best, bits) => (cost(bits) < cost(best) ? bits : best));
}

function gather(positions: Uint32Array, scalars: Uint8Array): Uint8Array {
  const words = SCALAR_BYTES / 8;
  const all = new BigUint64Array(scalars.buffer, scalars.byteOffset, scalars.byteLength / 8);
  const own = new BigUint64Array(positions.length * words);
  positions.forEach((position, i) => own.set(all.subarray(position * words, (position + 1) * words), i * words));
  return new Uint8Array(own.buffer);
}

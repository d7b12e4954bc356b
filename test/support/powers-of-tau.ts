import { buildBn128 } from "ffjavascript";
import type { Group } from "ffjavascript";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import type { ToxicWaste } from "../../scripts/circuits/setup/toxic-waste.ts";

/**
 * A powers-of-tau file, before phase 2, with known secrets: the way that a ceremony goes, and none of the setup's own
 * shortcuts. Slow, for small powers only.
 */
export async function powersOfTauFile(power: number, { tau, alpha, beta }: ToxicWaste): Promise<Uint8Array> {
  const curve = await buildBn128(true);
  const points = (group: Group, factor: bigint, count: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, i) => {
        const scalar = (factor * tau ** BigInt(i)) % FIELD_MODULUS;
        return group.toAffine(group.timesFr(group.g, curve.Fr.e(scalar)));
      }),
    );
  const size = 2 ** power;
  const modulus = Buffer.from(curve.q.toString(16).padStart(64, "0"), "hex").reverse();
  return container([
    [1, Buffer.concat([u32(32), modulus, u32(power), u32(power)])],
    [2, points(curve.G1, 1n, 2 * size - 1)],
    [3, points(curve.G2, 1n, size)],
    [4, points(curve.G1, alpha, size)],
    [5, points(curve.G1, beta, size)],
    [6, points(curve.G2, beta, 1)],
    [7, u32(0)],
  ]);
}

function container(sections: readonly (readonly [number, Buffer])[]): Uint8Array {
  const parts = [Buffer.from("ptau"), u32(1), u32(sections.length)];
  for (const [id, body] of sections) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(body.length));
    parts.push(u32(id), size, body);
  }
  return Buffer.concat(parts);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

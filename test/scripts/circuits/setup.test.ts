import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { buildBn128 } from "ffjavascript";
import * as snarkjs from "snarkjs";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { directSetup } from "../../../scripts/circuits/setup/development-setup.ts";
import { createPointMultiplier } from "../../../scripts/circuits/setup/point-multiplier.ts";
import { inverse, inverses, lagrangeBasis, rootOfUnity } from "../../../scripts/circuits/setup/prime-field.ts";
import { developmentWaste } from "../../../scripts/circuits/setup/toxic-waste.ts";
import { templateCircuit } from "../../support/circuits.ts";
import { powersOfTauFile } from "../../support/powers-of-tau.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";

after(stopSnarkjs);

function sectionsOf(zkey: Uint8Array): Map<number, Buffer> {
  const file = Buffer.from(zkey);
  const sections = new Map<number, Buffer>();
  for (let at = 12; at < file.length;) {
    const size = Number(file.readBigUInt64LE(at + 4));
    sections.set(file.readUInt32LE(at), file.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return sections;
}

describe("directSetup", () => {
  it("writes what snarkjs' newZKey makes of the same secrets, byte for byte", async () => {
    const { r1csFile, r1cs } = await templateCircuit("PivotMedian(3, 4)");
    const waste = { ...developmentWaste(), gamma: 1n, delta: 1n }; // newZKey leaves both to the contributions
    const { zkey, constraints } = await directSetup({ r1cs: r1csFile, waste });
    assert.equal(constraints, r1cs.constraints.length);

    const logDomain = Math.ceil(Math.log2(constraints + r1cs.publicSignals + 1));
    const prepared: { type: "mem"; data?: Uint8Array } = { type: "mem" };
    await snarkjs.powersOfTau.preparePhase2({ type: "mem", data: await powersOfTauFile(logDomain, waste) }, prepared);
    const reference: { type: "mem"; data?: Uint8Array } = { type: "mem" };
    await snarkjs.zKey.newZKey({ type: "mem", data: r1csFile }, prepared, reference);

    const [own, theirs] = [sectionsOf(zkey), sectionsOf(reference.data ?? new Uint8Array())];
    assert.deepEqual([...own.keys()], [...theirs.keys()]);
    for (const [id, body] of theirs) {
      if (id !== 10) assert.ok(own.get(id)?.equals(body), `section ${id} differs`); // 10: the ceremony's transcript
    }
  });

  it("is the same on every run, and another with other secrets", async () => {
    const { r1csFile } = await templateCircuit("PivotMedian(3, 4)");
    const make = (tau: bigint) => directSetup({ r1cs: r1csFile, waste: { ...developmentWaste(), tau } });
    const { tau } = developmentWaste();
    const [first, second, other] = [await make(tau), await make(tau), await make(tau + 1n)];
    assert.deepEqual(first.zkey, second.zkey);
    assert.notDeepEqual(first.zkey, other.zkey);
  });
});

describe("developmentWaste", () => {
  it("has five different secrets, none 0 or 1", () => {
    const secrets = Object.values(developmentWaste()) as bigint[];
    assert.equal(new Set([0n, 1n, ...secrets]).size, 7);
    for (const secret of secrets) assert.ok(secret < FIELD_MODULUS);
  });
});

describe("point multiplier", () => {
  it("agrees with ffjavascript in both groups, zero and the largest scalar included", async () => {
    const curve = await buildBn128(true);
    const multiplier = createPointMultiplier(curve);
    const scalars = [0n, 1n, 2n, 4095n, 4096n, FIELD_MODULUS - 1n, 2n ** 253n + 12_345n, developmentWaste().tau];
    try {
      for (const [name, group] of [
        ["g1m", curve.G1],
        ["g2m", curve.G2],
      ] as const) {
        const expected = scalars.map((scalar) => group.toAffine(group.timesFr(group.g, curve.Fr.e(scalar))));
        assert.deepEqual(Buffer.from(await multiplier.multiply(name, scalars)), Buffer.concat(expected));
      }
      const many = Array.from({ length: 2500 }, (_, i) => BigInt(i));
      const chunks: number[] = [];
      const points = await multiplier.multiply("g1m", many, (count) => chunks.push(count));
      assert.deepEqual(chunks.toSorted(), [1024, 1024, 452]);
      const last = curve.G1.toAffine(curve.G1.timesFr(curve.G1.g, curve.Fr.e(2499n)));
      assert.deepEqual(Buffer.from(points.subarray(-64)), Buffer.from(last));
    } finally {
      await multiplier.stop();
    }
  });
});

describe("prime field", () => {
  it("inverts one and many", () => {
    const elements = [1n, 2n, FIELD_MODULUS - 1n, 12_345n];
    for (const [i, element] of elements.entries()) {
      assert.equal((element * inverse(element)) % FIELD_MODULUS, 1n);
      assert.equal(inverses(elements)[i], inverse(element));
    }
  });

  it("interpolates: Σ p(ωⁱ)·Lᵢ(x) = p(x) for a polynomial below the domain's size", () => {
    const x = 987_654_321n;
    const polynomial = (at: bigint) => (3n + 5n * at + 7n * at ** 6n) % FIELD_MODULUS;
    const points = Array.from({ length: 8 }, (_, i) => rootOfUnity(3) ** BigInt(i) % FIELD_MODULUS);
    const sum = lagrangeBasis(3, x).reduce((total, basis, i) => total + basis * polynomial(points[i] ?? 0n), 0n);
    assert.equal(sum % FIELD_MODULUS, polynomial(x));
  });

  it("refuses a point of the domain", () => {
    assert.throws(() => lagrangeBasis(3, 1n), RangeError);
  });
});

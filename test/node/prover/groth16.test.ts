import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { buildBn128 } from "ffjavascript";
import type { Curve } from "ffjavascript";
import * as snarkjs from "snarkjs";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { circuitInputs } from "../../../core/proof/circuit-inputs.ts";
import { multiExponentiation } from "../../../node/prover/groth16/multi-exponentiation.ts";
import { proveGroth16 } from "../../../node/prover/groth16/prove.ts";
import { readProvingKey } from "../../../node/prover/groth16/proving-key.ts";
import type { Bases, ProvingKey } from "../../../node/prover/groth16/proving-key.ts";
import { snarkjsProof } from "../../../node/prover/proof-format.ts";
import { createWitnessCalculator, WITNESS_HEADER_BYTES } from "../../../node/prover/witness-calculator.ts";
import { ensureCircuits } from "../../../scripts/circuits/ensure-circuits.ts";
import { medianStatement, SHAPE } from "../../support/median-statement.ts";
import { stopSnarkjs } from "../../support/stop-snarkjs.ts";

let curve: Curve;
let key: ProvingKey;
let verificationKey: object;
let witness: Uint8Array;
let inputs: ReturnType<typeof circuitInputs>;
before(async () => {
  const { artifacts } = await ensureCircuits({ instance: "median-n4-k3-v8" });
  curve = await buildBn128(false);
  key = readProvingKey(await readFile(artifacts.zkey.path));
  verificationKey = JSON.parse(await readFile(artifacts.verificationKey.path, "utf8")) as object;
  inputs = circuitInputs(medianStatement(), SHAPE);
  const calculator = createWitnessCalculator(await readFile(artifacts.wasm.path));
  witness = calculator.calculate(inputs).slice(WITNESS_HEADER_BYTES);
});
after(stopSnarkjs);

function verified(proof: Awaited<ReturnType<typeof proveGroth16>>, signals = [inputs.C, inputs.x, inputs.y]) {
  return snarkjs.groth16.verify(verificationKey, signals.map(String), snarkjsProof(proof));
}

/** The element of a wire, replaced. */
function withElement(wire: number, value: bigint): Uint8Array {
  const altered = witness.slice();
  for (let i = 0; i < 32; i++) altered[32 * wire + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return altered;
}

describe("proveGroth16", () => {
  it("makes proofs that stock snarkjs verifies, each another one", async () => {
    const first = await proveGroth16(curve, key, witness);
    const second = await proveGroth16(curve, key, witness);
    assert.ok(await verified(first));
    assert.ok(await verified(second));
    assert.notDeepEqual(first, second);
    assert.ok(!(await verified(first, [inputs.C, inputs.x, inputs.y + 1n])));
  });

  it("makes none that verifies from a witness that breaks a constraint", async () => {
    for (const wire of [4, Math.floor(key.wires / 2), key.wires - 1]) {
      assert.ok(!(await verified(await proveGroth16(curve, key, withElement(wire, 123n)))));
    }
  });

  it("refuses a witness of another circuit", async () => {
    await assert.rejects(proveGroth16(curve, key, witness.slice(32)), RangeError);
  });
});

describe("multiExponentiation", () => {
  /** The points 1·G … n·G, with the scalars' positions in reverse. */
  function multiples(group: "G1" | "G2", count: number): Bases {
    const { g, timesFr, toAffine } = bound(group);
    const points = Array.from({ length: count }, (_, i) => toAffine(timesFr(g, curve.Fr.e(BigInt(i + 1)))));
    return {
      group,
      points: Buffer.concat(points),
      scalars: Uint32Array.from({ length: count }, (_, i) => count - 1 - i),
    };
  }

  function bound(group: "G1" | "G2") {
    const { g } = curve[group];
    return {
      g,
      timesFr: (point: Uint8Array, scalar: Uint8Array) => curve[group].timesFr(point, scalar),
      toAffine: (point: Uint8Array) => curve[group].toAffine(point),
    };
  }

  for (const group of ["G1", "G2"] as const) {
    for (const count of [0, 1, 2, 33, 300]) {
      it(`sums ${count} points of ${group}, scalars 0, 1 and −1 among them`, async () => {
        const values = Array.from({ length: count }, (_, i) =>
          i % 5 === 0 ? 0n : i % 5 === 1 ? 1n : i % 5 === 2 ? FIELD_MODULUS - 1n : BigInt(i) ** 40n % FIELD_MODULUS,
        );
        const scalars = Buffer.concat(
          values.map((value) => Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse()),
        );
        const expected = values.toReversed().reduce((sum, value, i) => sum + value * BigInt(i + 1), 0n) % FIELD_MODULUS;
        const { g, timesFr, toAffine } = bound(group);
        const sum = await multiExponentiation(curve, multiples(group, count), Uint8Array.from(scalars));
        const wanted = expected === 0n ? curve[group].zero : timesFr(g, curve.Fr.e(expected));
        assert.deepEqual(toAffine(sum), toAffine(wanted));
      });
    }
  }
});

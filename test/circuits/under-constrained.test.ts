import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aggregate } from "../../core/aggregate/statement.ts";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import type { R1cs, Term } from "../../scripts/circuits/setup/r1cs-file.ts";
import { localCircuit, medianCircuit, witnessOf } from "../support/circuits.ts";
import { LOCAL_CIRCUIT, METER_SAMPLES, METER_TERMS } from "../support/devices.ts";
import { medianStatement, SHAPE } from "../support/median-statement.ts";

const P = FIELD_MODULUS;

const STEPS = [1n, P - 1n, 0x1234_5678_9abc_def0_1234_5678n];

type Row = readonly [a: bigint, b: bigint, c: bigint];

function evaluate(terms: readonly Term[], witness: readonly bigint[]): bigint {
  return terms.reduce((sum, { wire, coefficient }) => (sum + coefficient * (witness[wire] ?? 0n)) % P, 0n);
}

/** Wires that can change by `step` alone while all constraints hold. */
function freeWires({ constraints, wires }: R1cs, witness: readonly bigint[], step: bigint): number[] {
  const free = new Set(Array.from({ length: wires - 1 }, (_, i) => i + 1));
  for (const { a, b, c } of constraints) {
    const row: Row = [evaluate(a, witness), evaluate(b, witness), evaluate(c, witness)];
    assert.equal((row[0] * row[1]) % P, row[2], "the witness itself is valid");
    const change = new Map<number, [bigint, bigint, bigint]>();
    for (const [side, terms] of [a, b, c].entries()) {
      for (const { wire, coefficient } of terms) {
        const changes = change.get(wire) ?? [0n, 0n, 0n];
        changes[side] = coefficient * step;
        change.set(wire, changes);
      }
    }
    for (const [wire, [da, db, dc]] of change) {
      if (((row[0] + da) * (row[1] + db) - row[2] - dc) % P !== 0n) free.delete(wire);
    }
  }
  return [...free];
}

describe("LocalAggregate", () => {
  it("fixes every wire: none can change alone, by 1, −1 or a large amount", async () => {
    const circuit = await localCircuit();
    const { inputs } = aggregate(
      LOCAL_CIRCUIT,
      { terms: METER_TERMS, epoch: 1 },
      { seed: 0x5eedn, samples: METER_SAMPLES },
    );
    const witness = witnessOf(circuit, inputs);
    assert.ok(witness);
    for (const step of STEPS) assert.deepEqual(freeWires(circuit.r1cs, witness, step), []);
  });
});

describe("MedianProof", () => {
  it("fixes every wire: none can change alone, by 1, −1 or a large amount", async () => {
    const circuit = await medianCircuit();
    // No ties: where two values are equal, either may be the pivot.
    const values = [0, 1, 2].map((slot) => Array.from({ length: SHAPE.lanes }, (_, q) => BigInt(100 * q + 7 * slot)));
    const witness = witnessOf(circuit, circuitInputs(medianStatement({ reportMask: 0xf7, values }), SHAPE));
    assert.ok(witness);
    for (const step of STEPS) assert.deepEqual(freeWires(circuit.r1cs, witness, step), []);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aggregate } from "../../core/aggregate/statement.ts";
import { FIELD_MODULUS } from "../../core/crypto/field.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import type { Constraint, R1cs, Term } from "../../scripts/circuits/setup/r1cs-file.ts";
import { localCircuit, medianCircuit, witnessOf } from "../support/circuits.ts";
import { LOCAL_CIRCUIT, METER_SAMPLES, METER_TERMS } from "../support/devices.ts";
import { freeWires } from "../support/free-wires.ts";
import { medianStatement, SHAPE } from "../support/median-statement.ts";

const MINUS_ONE = FIELD_MODULUS - 1n;

describe("freeWires", () => {
  const terms = (...pairs: readonly (readonly [wire: number, coefficient: bigint])[]): Term[] =>
    pairs.map(([wire, coefficient]) => ({ wire, coefficient }));
  const [one, x, y] = [terms([0, 1n]), terms([1, 1n]), terms([2, 1n])];
  const square: Constraint = { a: x, b: x, c: terms([0, 49n]) };
  const bit: Constraint = { a: x, b: terms([1, 1n], [0, MINUS_ONE]), c: [] };

  const cases: readonly {
    readonly what: string;
    readonly constraints: readonly Constraint[];
    /** Wire 0 is the constant 1. */
    readonly witness: readonly bigint[];
    readonly free: readonly number[];
  }[] = [
    { what: "finds x with x² = 49: −7 does as well as 7", constraints: [square], witness: [1n, 7n], free: [1] },
    {
      what: "finds none in x² = 49 and x = 7",
      constraints: [square, { a: x, b: one, c: terms([0, 7n]) }],
      witness: [1n, 7n],
      free: [],
    },
    {
      what: "finds none in x² = 49 and x² = 10·x − 21, whose other roots differ",
      constraints: [square, { a: x, b: x, c: terms([1, 10n], [0, -21n]) }],
      witness: [1n, 7n],
      free: [],
    },
    {
      what: "finds x with x² = 49 and 2·x² = 98, whose roots are the same",
      constraints: [square, { a: terms([1, 2n]), b: x, c: terms([0, 98n]) }],
      witness: [1n, 7n],
      free: [1],
    },
    { what: "finds none in x² = 0, a double root", constraints: [{ a: x, b: x, c: [] }], witness: [1n, 0n], free: [] },
    { what: "finds a bit that nothing else bounds", constraints: [bit], witness: [1n, 0n], free: [1] },
    {
      what: "finds none in a bit and its double: each follows from the other",
      constraints: [bit, { a: terms([1, 2n], [2, MINUS_ONE]), b: one, c: [] }],
      witness: [1n, 1n, 2n],
      free: [],
    },
    {
      what: "finds a wire that is multiplied by 0, and one in no constraint",
      constraints: [{ a: x, b: y, c: [] }],
      witness: [1n, 5n, 0n, 9n],
      free: [1, 3],
    },
    {
      what: "adds up the terms of a wire that comes twice: x − x = 0",
      constraints: [{ a: terms([1, 1n], [1, MINUS_ONE]), b: one, c: [] }],
      witness: [1n, 5n],
      free: [1],
    },
  ];
  for (const { what, constraints, witness, free } of cases) {
    it(what, () => {
      const r1cs: R1cs = { wires: witness.length, publicSignals: 0, outputs: 0, inputs: 0, constraints };
      assert.deepEqual(freeWires(r1cs, witness), free);
    });
  }

  it("takes no invalid witness", () => {
    const r1cs: R1cs = { wires: 2, publicSignals: 0, outputs: 0, inputs: 0, constraints: [square] };
    assert.throws(() => freeWires(r1cs, [1n, 8n]), /the witness itself is valid/);
  });
});

describe("LocalAggregate", () => {
  it("fixes every wire: none can change alone, by any amount", async () => {
    const circuit = await localCircuit();
    const { inputs } = aggregate(
      LOCAL_CIRCUIT,
      { terms: METER_TERMS, epoch: 1 },
      { seed: 0x5eedn, samples: METER_SAMPLES },
    );
    const witness = witnessOf(circuit, inputs);
    assert.ok(witness);
    assert.deepEqual(freeWires(circuit.r1cs, witness), []);
  });
});

describe("MedianProof", () => {
  it("fixes every wire: none can change alone, by any amount", async () => {
    const circuit = await medianCircuit();
    // No ties: where two values are equal, either may be the pivot.
    const values = [0, 1, 2].map((slot) => Array.from({ length: SHAPE.lanes }, (_, q) => BigInt(100 * q + 7 * slot)));
    const witness = witnessOf(circuit, circuitInputs(medianStatement({ reportMask: 0xf7, values }), SHAPE));
    assert.ok(witness);
    assert.deepEqual(freeWires(circuit.r1cs, witness), []);
  });
});

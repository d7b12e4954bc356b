import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createWitnessCalculator } from "../../../node/prover/witness-calculator.ts";
import { templateCircuit } from "../../support/circuits.ts";
import { witnessElements } from "../../../node/prover/witness-calculator.ts";
import { withCode } from "../../support/error-code.ts";

const circuit = await templateCircuit("TimestampWindow()");
const good = { timestamp: 100n, earliest: 90n, latest: 110n };

describe("witness calculator", () => {
  it("gives the same witness again, also after a failure", () => {
    const first = witnessElements(circuit.calculator.calculate(good));
    assert.equal(first[0], 1n);
    assert.equal(first.length, circuit.r1cs.wires);
    assert.throws(() => circuit.calculator.calculate({ ...good, timestamp: 89n }), withCode("witness-unsatisfied"));
    assert.deepEqual(witnessElements(circuit.calculator.calculate(good)), first);
  });

  it("says which template and line refused", () => {
    assert.throws(() => circuit.calculator.calculate({ ...good, timestamp: 89n }), /Num2Bits.*TimestampWindow/);
  });

  it("refuses inputs that are not the circuit's", () => {
    const { timestamp, earliest } = good;
    assert.throws(() => circuit.calculator.calculate({ timestamp, earliest }), withCode("witness-input"));
    assert.throws(() => circuit.calculator.calculate({ ...good, other: 1n }), withCode("witness-input"));
    assert.throws(() => circuit.calculator.calculate({ ...good, latest: [1n, 2n] }), withCode("witness-input"));
    assert.ok(circuit.calculator.calculate(good));
  });

  it("refuses a program that is not circom's", () => {
    const empty = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    assert.throws(() => createWitnessCalculator(empty).calculate(good), withCode("witness-program"));
  });
});

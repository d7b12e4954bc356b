import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import * as reference from "poseidon-lite";
import { FIELD_MODULUS } from "../../../core/crypto/field.ts";
import { MAX_POSEIDON_INPUTS, poseidon } from "../../../core/crypto/poseidon.ts";
import { withCode } from "../../support/error-code.ts";
import { readVectors } from "../../support/vectors.ts";

const { hashes } = readVectors("poseidon") as { hashes: { inputs: string[]; hash: string }[] };

describe("poseidon", () => {
  it("agrees with circomlibjs for every arity", () => {
    const arities = new Set(hashes.map(({ inputs }) => inputs.length));
    assert.equal(arities.size, MAX_POSEIDON_INPUTS);
    for (const { inputs, hash } of hashes) assert.equal(poseidon(inputs.map(BigInt)), BigInt(hash));
  });

  it("agrees with the textbook evaluation, all rounds dense, for any input", () => {
    const elements = fc.array(fc.bigInt(0n, FIELD_MODULUS - 1n), { minLength: 1, maxLength: MAX_POSEIDON_INPUTS });
    const extremes = fc.array(fc.constantFrom(0n, 1n, FIELD_MODULUS - 1n), { minLength: 1, maxLength: 16 });
    const byArity = reference as unknown as Record<string, (inputs: bigint[]) => bigint>;
    fc.assert(
      fc.property(fc.oneof(elements, extremes), (inputs) => {
        assert.equal(poseidon(inputs), byArity[`poseidon${inputs.length}`]?.([...inputs]));
      }),
    );
  });

  it("refuses no input and a seventeenth", () => {
    assert.throws(() => poseidon([]), withCode("poseidon-arity"));
    assert.throws(() => poseidon(new Array<bigint>(17).fill(1n)), withCode("poseidon-arity"));
  });

  it("refuses aliases of field elements", () => {
    assert.throws(() => poseidon([1n, FIELD_MODULUS]), withCode("field-element-out-of-range"));
    assert.throws(() => poseidon([-1n]), withCode("field-element-out-of-range"));
  });

  it("leaves its input alone", () => {
    const inputs = Object.freeze([1n, 2n]);
    poseidon(inputs);
    assert.deepEqual(inputs, [1n, 2n]);
  });
});

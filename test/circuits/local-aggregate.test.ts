import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { aggregate, type AggregateInputs, seedCommitment } from "../../core/aggregate/statement.ts";
import { FIELD_MODULUS, toField } from "../../core/crypto/field.ts";
import { localCircuit, type TestCircuit, witnessOf } from "../support/circuits.ts";
import { LOCAL_CIRCUIT, METER_TERMS } from "../support/devices.ts";

const LARGEST = 2n ** 32n - 1n;

describe("LocalAggregate", () => {
  let circuit: TestCircuit;
  before(async () => {
    circuit = await localCircuit();
  });

  const terms = { ...METER_TERMS, minimum: 0n };
  const inputsOf = (samples: readonly bigint[], seed = 0x5eedn, epoch = 7): AggregateInputs =>
    aggregate(LOCAL_CIRCUIT, { terms, epoch }, { seed, samples }).inputs;

  it("takes samples from 0 to 2^32 − 1, and none beside", () => {
    const honest = inputsOf([0n, 0n, 0n, 0n]);
    const withSample = (amount: bigint) => ({
      ...honest,
      samples: [0n, 0n, 0n, toField(amount)],
      value: (honest.value + toField(amount)) % FIELD_MODULUS,
    });
    for (const amount of [0n, 1n, LARGEST]) assert.ok(witnessOf(circuit, withSample(amount)), String(amount));
    for (const amount of [-1n, -LARGEST, LARGEST + 1n, LARGEST + 2n, 1n << 200n])
      assert.equal(witnessOf(circuit, withSample(amount)), undefined, String(amount));
  });

  it("takes no other value, context, commitment or seed", () => {
    const honest = inputsOf([5n, 6n, 7n, 8n]);
    assert.ok(witnessOf(circuit, honest));
    const others: readonly Partial<AggregateInputs>[] = [
      { value: honest.value + 1n },
      { value: honest.value - 1n },
      { value: toField(26n) }, // the sum itself
      { context: inputsOf([5n, 6n, 7n, 8n], 0x5eedn, 8).context },
      { commitment: seedCommitment(0x5eeen) },
      { commitment: 0n },
      { seed: 0x5eeen },
      { samples: [5n, 6n, 7n, 9n] },
    ];
    for (const other of others) assert.equal(witnessOf(circuit, { ...honest, ...other }), undefined);
  });
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import * as snarkjs from "snarkjs";
import { aggregate, type AggregateInputs } from "../../../core/aggregate/statement.ts";
import type { CircuitArtifacts } from "../../../core/proof/circuit.ts";
import { createCircuitProver, type CircuitProver } from "../../../node/prover/circuit-prover.ts";
import { snarkjsProof } from "../../../node/prover/proof-format.ts";
import { ensureInstance } from "../../../scripts/circuits/ensure-circuits.ts";
import { LOCAL_CIRCUIT, METER_SAMPLES, METER_TERMS } from "../../support/devices.ts";
import { withCode } from "../../support/error-code.ts";

describe("a prover of any circuit", () => {
  let artifacts: CircuitArtifacts;
  let verificationKeyDigest: string;
  let prover: CircuitProver;
  before(async () => {
    const built = await ensureInstance({ instance: LOCAL_CIRCUIT.name });
    ({ artifacts } = built);
    ({ verificationKeyDigest } = built.record);
    prover = await createCircuitProver({ artifacts });
  });
  after(() => prover.stop());

  const inputsOf = (epoch: number): AggregateInputs =>
    aggregate(LOCAL_CIRCUIT, { terms: METER_TERMS, epoch }, { seed: 0x5eedn, samples: METER_SAMPLES }).inputs;

  it("makes proofs that stock snarkjs verifies, with the public signals in the circuit's order", async () => {
    const inputs = inputsOf(1);
    const { proof, publicSignals, witnessMs, proveMs } = await prover.prove(inputs);
    assert.deepEqual(publicSignals, [inputs.context, inputs.commitment, inputs.value]);
    const key = JSON.parse(await readFile(artifacts.verificationKey.path, "utf8")) as object;
    assert.ok(await snarkjs.groth16.verify(key, publicSignals.map(String), snarkjsProof(proof)));
    assert.ok(witnessMs > 0 && proveMs > 0);
    assert.equal(prover.verificationKeyDigest, verificationKeyDigest);
  });

  it("goes on after inputs that satisfy nothing", async () => {
    const inputs = inputsOf(2);
    await assert.rejects(prover.prove({ ...inputs, value: inputs.value + 1n }), withCode("witness-unsatisfied"));
    await assert.rejects(prover.prove({ ...inputs, samples: [1n] }), withCode("witness-input"));
    assert.equal((await prover.prove(inputs)).publicSignals[2], inputs.value);
  });

  it("makes none with keys of two builds", async () => {
    const other = await ensureInstance({ instance: "median-n4-k3-v8" });
    const mixed = { ...artifacts, verificationKey: other.artifacts.verificationKey };
    await assert.rejects(
      (await createCircuitProver({ artifacts: mixed })).prove(inputsOf(3)),
      withCode("proof-invalid"),
    );
  });

  it("is not started with files of other digests", async () => {
    const altered = { ...artifacts, zkey: { ...artifacts.zkey, sha256: artifacts.wasm.sha256 } };
    await assert.rejects(createCircuitProver({ artifacts: altered }), withCode("artifact-mismatch"));
  });
});

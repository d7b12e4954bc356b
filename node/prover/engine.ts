import * as snarkjs from "snarkjs";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { MedianProof, MedianStatement } from "../../core/ports/prover.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import type { ProverErrorData } from "./errors.ts";
import { loadArtifact } from "./load-artifacts.ts";
import { solidityProof } from "./proof-format.ts";
import { createWitnessCalculator } from "./witness-calculator.ts";

export interface Engine {
  /** One at a time. Throws `ProverErrorData` codes. */
  prove(statement: MedianStatement): Promise<MedianProof>;
}

/** Groth16 in this process, with the artifacts in memory. Leaves snarkjs' threads running: use it in a process of its own. */
export async function createEngine(artifacts: CircuitArtifacts, shape: CircuitShape): Promise<Engine> {
  const witnessCalculator = createWitnessCalculator(await loadArtifact(artifacts.wasm));
  const zkey = await loadArtifact(artifacts.zkey);
  const verificationKey = JSON.parse(new TextDecoder().decode(await loadArtifact(artifacts.verificationKey))) as object;

  return {
    async prove(statement) {
      const start = performance.now();
      const inputs = circuitInputs(statement, shape);
      const witness = witnessCalculator.calculate(inputs);
      const witnessed = performance.now();
      const { proof, publicSignals } = await snarkjs.groth16.prove(
        { type: "mem", data: zkey },
        { type: "mem", data: witness },
      );
      const proved = performance.now();
      const expected = [inputs.C, inputs.x, inputs.y].map(String);
      if (
        expected.join() !== publicSignals.join() ||
        !(await snarkjs.groth16.verify(verificationKey, expected, proof))
      ) {
        const message =
          "a fresh proof does not verify: the proving key and the verification key are of different builds";
        throw new QuorateError<ProverErrorData>({ code: "proof-invalid" }, message);
      }
      return {
        proof: solidityProof(proof),
        publicSignals: [inputs.C, inputs.x, inputs.y],
        witnessMs: witnessed - start,
        proveMs: proved - witnessed,
      };
    },
  };
}

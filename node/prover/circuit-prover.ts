import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Groth16Proof, ProvingStage } from "../../core/ports/prover.ts";
import type { CircuitArtifacts } from "../../core/proof/circuit.ts";
import { openGroth16Key } from "../../core/proof/groth16.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ProverErrorData } from "./errors.ts";
import { createInProcessBackend } from "./groth16/in-process.ts";
import { loadArtifact } from "./load-artifacts.ts";
import { createRapidsnarkBackend, type RapidsnarkOptions } from "./rapidsnark.ts";
import { createWitnessCalculator, type SignalValues, witnessElements } from "./witness-calculator.ts";

export interface CircuitProverOptions {
  readonly artifacts: CircuitArtifacts;
  /** Does the proofs' arithmetic where it is given; by default this process does it, as snarkjs would. */
  readonly rapidsnark?: RapidsnarkOptions | undefined;
}

export interface CircuitProof {
  readonly proof: Groth16Proof;
  /** As the circuit orders them. */
  readonly publicSignals: readonly bigint[];
  /** Milliseconds: witness generation, proving. */
  readonly witnessMs: number;
  readonly proveMs: number;
}

/** Proves one circuit, whatever it is about, with its artifacts in memory. */
export interface CircuitProver {
  /** Of the verification key that its proofs satisfy. */
  readonly verificationKeyDigest: Hex;
  /**
   * One at a time.
   * @throws QuorateError<ProverErrorData> `WitnessErrorData` codes where the inputs satisfy nothing, `proof-invalid`, and an engine's.
   */
  prove(inputs: SignalValues, onStage?: (stage: ProvingStage) => void): Promise<CircuitProof>;
  /** Ends the curve's threads. Not to be used after it, nor any other prover of this process. */
  stop(): Promise<void>;
}

/** Loads and checks the artifacts, `artifact-mismatch` where one differs, and starts what does the arithmetic. */
export async function createCircuitProver({ artifacts, rapidsnark }: CircuitProverOptions): Promise<CircuitProver> {
  const witnessCalculator = createWitnessCalculator(await loadArtifact(artifacts.wasm));
  const key = openGroth16Key(JSON.parse(new TextDecoder().decode(await loadArtifact(artifacts.verificationKey))));
  const backend = await (rapidsnark === undefined
    ? createInProcessBackend(artifacts.zkey)
    : createRapidsnarkBackend(artifacts.zkey, rapidsnark));
  return {
    verificationKeyDigest: key.digest,
    async prove(inputs, onStage = () => undefined) {
      const start = performance.now();
      onStage("witness");
      const witness = witnessCalculator.calculate(inputs);
      const witnessed = performance.now();
      onStage("proof");
      const proof = await backend.prove(witness);
      const proveMs = performance.now() - witnessed;
      onStage("verification");
      // Wire 0 is 1; those after it are the public signals.
      const publicSignals = witnessElements(witness, { from: 1, count: key.publicSignals });
      if (key.check(proof, publicSignals) !== undefined) throw invalid();
      return { proof, publicSignals, witnessMs: witnessed - start, proveMs };
    },
    stop: () => backend.stop(),
  };
}

function invalid(): QuorateError<ProverErrorData> {
  const message =
    "a fresh proof does not verify: the proving key and the verification key are of different builds, or the engine is broken";
  return new QuorateError({ code: "proof-invalid" }, message);
}

import type { MedianProof, MedianStatement, ProvingStage } from "../../core/ports/prover.ts";
import { circuitInputs } from "../../core/proof/circuit-inputs.ts";
import type { CircuitShape } from "../../core/proof/circuit.ts";
import { createCircuitProver, type CircuitProverOptions } from "./circuit-prover.ts";

export interface EngineOptions extends CircuitProverOptions {
  readonly shape: CircuitShape;
}

export interface Engine {
  /** One at a time. Throws `ProverErrorData` codes. */
  prove(statement: MedianStatement, onStage: (stage: ProvingStage) => void): Promise<MedianProof>;
}

const BYTES_PER_KIBIBYTE = 1024;

/** Proves medians in this process, whose memory it tells: use it in a process of its own. */
export async function createEngine({ shape, ...options }: EngineOptions): Promise<Engine> {
  const prover = await createCircuitProver(options);
  return {
    async prove(statement, onStage) {
      const start = performance.now();
      const { C, x, y, ...inputs } = circuitInputs(statement, shape);
      const inputsMs = performance.now() - start;
      const { proof, witnessMs, proveMs } = await prover.prove({ C, x, y, ...inputs }, onStage);
      const peakMemory = process.resourceUsage().maxRSS * BYTES_PER_KIBIBYTE;
      return { proof, publicSignals: [C, x, y], witnessMs: inputsMs + witnessMs, proveMs, peakMemory };
    },
  };
}

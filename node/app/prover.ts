import type { Log } from "../../core/ports/log.ts";
import type { Prover } from "../../core/ports/prover.ts";
import type { CircuitArtifacts, CircuitShape } from "../../core/proof/circuit.ts";
import { createProver } from "../prover/snarkjs-prover.ts";

export interface StartProverOptions {
  readonly artifacts: CircuitArtifacts;
  readonly shape: CircuitShape;
}

/** The nodes' prover by itself, a process of its own, for programs that measure or prove without being a node. */
export async function startProver(options: StartProverOptions, { log }: { log: Log }): Promise<Prover> {
  return createProver(options, { log });
}

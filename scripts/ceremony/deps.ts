import type { ArtifactFile, CircuitShape } from "../../core/proof/circuit.ts";

/** A circuit as its sources come out today. */
export interface CeremonyCircuit {
  /** In `circuits/instances.json`. */
  readonly name: string;
  /** Of a median circuit, whose proofs contracts verify. */
  readonly shape: CircuitShape | undefined;
  /** With the digests that are recorded for them. */
  readonly r1cs: ArtifactFile;
  readonly wasm: ArtifactFile;
}

/** What the steps of a ceremony need. */
export interface CeremonyDeps {
  /** Compiles a circuit of the project. @param name in `circuits/instances.json`. @throws QuorateError for any other. */
  readonly circuitOf: (name: string) => Promise<CeremonyCircuit>;
  readonly now: () => Date;
  /** Where long work tells how far it is: a line each time, many a second. */
  readonly progress: (line: string) => void;
}

import type { Hex } from "../types/hex.ts";

/** The parameters of a `MedianProof` circuit. A committee fits if n ≤ nMax, 2f + 1 = k and its configuration's lanes agree. */
export interface CircuitShape {
  /** Largest committee. */
  readonly nMax: number;
  /** Observations in a proof, 2f + 1: odd, at least 3. */
  readonly k: number;
  /** K: values of an observation. */
  readonly lanes: number;
}

/** A file together with the digest that its content must have. */
export interface ArtifactFile {
  readonly path: string;
  /** sha256 of the content. */
  readonly sha256: Hex;
}

/** What proving needs. Whoever loads a file checks its digest: an altered proving key makes proofs that nobody accepts. */
export interface CircuitArtifacts {
  readonly r1cs: ArtifactFile;
  readonly wasm: ArtifactFile;
  readonly zkey: ArtifactFile;
  readonly verificationKey: ArtifactFile;
}

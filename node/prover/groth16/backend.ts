import type { Groth16Proof } from "../../../core/ports/prover.ts";

/** Makes a Groth16 proof of a witness. One at a time. What it returns is verified before anybody uses it. */
export interface Groth16Backend {
  /** @param witness a whole `.wtns` file. @throws QuorateError<ProverErrorData> */
  prove(witness: Uint8Array<ArrayBuffer>): Promise<Groth16Proof>;
  /** Ends its threads. */
  stop(): Promise<void>;
}

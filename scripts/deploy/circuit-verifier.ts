import { QuorateError } from "../../core/errors/quorate-error.ts";
import { readArtifactRecords } from "../circuits/artifacts.ts";
import { findMedianInstance, verifierName } from "../circuits/instances.ts";
import { ARTIFACTS_FILE } from "../circuits/paths.ts";
import type { VerifierOptions } from "./modules/Quorate.ts";

export interface CircuitVerifierError {
  readonly code: "circuit-without-artifacts";
  readonly instance: string;
}

/**
 * The verifier of a circuit of this repository, whose keys come from the development setup.
 * @param instance a name of `circuits/instances.json`, such as `median-n4-k3-v8`.
 * @throws QuorateError for an unknown name, or one that was never built.
 */
export async function circuitVerifier(instance: string): Promise<VerifierOptions> {
  const circuit = await findMedianInstance(instance);
  const record = (await readArtifactRecords(ARTIFACTS_FILE))[instance];
  if (record === undefined) {
    const data = { code: "circuit-without-artifacts", instance } as const;
    throw new QuorateError<CircuitVerifierError>(
      data,
      `circuits/artifacts.json knows no ${instance}: run npm run build`,
    );
  }
  const { nMax, k, lanes } = circuit;
  const { verificationKeyDigest } = record;
  return { groth16: verifierName(circuit), shape: { nMax, k, lanes }, verificationKeyDigest, setup: "development" };
}

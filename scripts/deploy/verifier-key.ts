import { readFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { isDevelopmentChain } from "../../node/config/chain-config.ts";
import { readArtifactRecords } from "../circuits/artifacts.ts";
import { readInstances, verifierName } from "../circuits/instances.ts";
import { ARTIFACTS_FILE, VERIFIERS } from "../circuits/paths.ts";
import { haveCommonOrigin, keyDigestOf } from "../circuits/verifier-source.ts";
import type { DeployError } from "./errors.ts";
import type { VerifierOptions } from "./modules/Quorate.ts";

/** What a verifier is to be deployed on, and from. */
export interface VerifierSource {
  readonly chainId: number;
  readonly file: string;
  readonly source: string;
}

/**
 * Compares what is said of a verifier with the key in its source. Of a source that snarkjs did not generate the key is not known.
 * @throws QuorateError<DeployError> `development-verifier` where contract or key are the development setup's, whatever they are
 * said to be, on a chain of value; `verifier-differs` for a key with another digest.
 */
export async function requireKey(verifier: VerifierOptions, { chainId, file, source }: VerifierSource): Promise<void> {
  const described = verifier.verificationKeyDigest;
  if (!isDevelopmentChain(chainId) && haveCommonOrigin(source, await developmentSource()))
    throw developmentVerifier(chainId);
  const found = keyDigestOf(source) ?? described;
  await requireNoDevelopmentVerifier(chainId, { contract: verifier.groth16, digests: [described, found] });
  if (found === described) return;
  const message =
    `the key in ${file} has the digest ${found}, and ${described} is described: ` +
    "put the verifier there that belongs to the key, or correct the description";
  throw new QuorateError<DeployError>({ code: "verifier-differs", file, described, found }, message);
}

/** A verifier of the development setup, for three public signals as all that are deployed. */
export function developmentSource(): Promise<string> {
  return readFile(path.join(VERIFIERS, "Groth16VerifierMedianN4K3V8.sol"), "utf8");
}

/** @throws QuorateError<DeployError> `development-verifier`. */
export async function requireNoDevelopmentVerifier(
  chainId: number,
  { contract, digests }: { readonly contract: string; readonly digests: readonly Hex[] },
): Promise<void> {
  if (isDevelopmentChain(chainId)) return;
  const [instances, records] = await Promise.all([readInstances(), readArtifactRecords(ARTIFACTS_FILE)]);
  const known = Object.values(records).map(({ verificationKeyDigest }) => verificationKeyDigest);
  if (instances.map(verifierName).includes(contract) || digests.some((digest) => known.includes(digest)))
    throw developmentVerifier(chainId);
}

export function developmentVerifier(chainId: number): QuorateError<DeployError> {
  const message =
    `a verifier of the development setup is worth nothing on chain ${chainId}, since everyone can forge its proofs: ` +
    "set verifier to one of a ceremony, or to none";
  return new QuorateError<DeployError>({ code: "development-verifier", chainId }, message);
}

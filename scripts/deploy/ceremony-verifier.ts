import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { ceremonyRecordSchema } from "../../node/app/ceremony-record.ts";
import { readYamlFile } from "../../node/config/yaml-file.ts";
import { readArtifactRecords } from "../circuits/artifacts.ts";
import { readInstances, verifierName } from "../circuits/instances.ts";
import { ARTIFACTS_FILE, VERIFIERS } from "../circuits/paths.ts";
import type { DeployError } from "./errors.ts";
import type { VerifierOptions } from "./modules/Quorate.ts";

/**
 * The verifier that a ceremony's `record.json` describes. Its source must lie among the contracts as it was exported, so that
 * what is compiled and deployed has the recorded key.
 * @param contracts the folder of generated verifiers.
 * @throws QuorateError `config-missing`, `config-invalid`; `verifier-not-installed`, `circuit-without-verifier` (`DeployError`).
 */
export async function ceremonyVerifier(record: string, contracts = VERIFIERS): Promise<VerifierOptions> {
  const ifMissing = "name the record.json that `npm run ceremony -- export` wrote";
  const read = await readYamlFile(record, { schema: ceremonyRecordSchema, ifMissing });
  const { circuit, verifier, verificationKeyDigest } = read;
  if (verifier === null) {
    const message = `${record} is of ${circuit}, whose proofs no contract verifies: name the record of a median circuit`;
    throw new QuorateError<DeployError>({ code: "circuit-without-verifier", record }, message);
  }
  const { contract, shape, sha256 } = verifier;
  const file = path.join(contracts, `${contract}.sol`);
  const source = await readFile(file).catch(() => undefined);
  const found = source && `0x${createHash("sha256").update(source).digest("hex")}`;
  if (found !== sha256) {
    const message =
      `${file} is ${found === undefined ? "missing" : "not what the ceremony exported"}: ` +
      "run `npm run ceremony -- export --install`, or copy verifier.sol from beside the record there";
    throw new QuorateError<DeployError>({ code: "verifier-not-installed", file }, message);
  }
  return { groth16: contract, shape, verificationKeyDigest, setup: "ceremony" };
}

/** Whether contract or key of a verifier are the development setup's, whatever it is said to be. */
export async function isDevelopmentVerifier(verifier: {
  readonly groth16: string;
  readonly verificationKeyDigest: Hex;
}): Promise<boolean> {
  const [instances, records] = await Promise.all([readInstances(), readArtifactRecords(ARTIFACTS_FILE)]);
  const digests = Object.values(records).map(({ verificationKeyDigest }) => verificationKeyDigest);
  return digests.includes(verifier.verificationKeyDigest) || instances.map(verifierName).includes(verifier.groth16);
}

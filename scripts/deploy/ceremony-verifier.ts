import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { ceremonyRecordSchema } from "../../node/app/ceremony-record.ts";
import { readYamlFile } from "../../node/config/yaml-file.ts";
import { VERIFIERS } from "../circuits/paths.ts";
import { generatedSource } from "../circuits/verifier-source.ts";
import type { DeployError } from "./errors.ts";
import type { VerifierOptions } from "./modules/Quorate.ts";
import { developmentSource, requireKey } from "./verifier-key.ts";

/**
 * The verifier that a ceremony's `record.json` describes. Its source must lie among the contracts as it was exported, and be what
 * snarkjs generates for the recorded key, to the byte: so what is compiled and deployed verifies with that key and does nothing else.
 * @param contracts the folder of generated verifiers.
 * @throws QuorateError `config-missing`, `config-invalid`; `verifier-not-installed`, `circuit-without-verifier`, `verifier-foreign`
 * and as `requireKey` (`DeployError`).
 */
export async function ceremonyVerifier(
  record: string,
  { chainId, contracts = VERIFIERS }: { readonly chainId: number; readonly contracts?: string },
): Promise<VerifierOptions> {
  const ifMissing = "name the record.json that `npm run ceremony -- export` wrote";
  const read = await readYamlFile(record, { schema: ceremonyRecordSchema, ifMissing });
  const { circuit, verifier, verificationKeyDigest, transcript } = read;
  if (verifier === null) {
    const message = `${record} is of ${circuit}, whose proofs no contract verifies: name the record of a median circuit`;
    throw new QuorateError<DeployError>({ code: "circuit-without-verifier", record }, message);
  }
  const { contract, shape, sha256 } = verifier;
  const file = path.join(contracts, `${contract}.sol`);
  const source = await readInstalled(file, sha256);
  const options: VerifierOptions = { groth16: contract, shape, verificationKeyDigest, setup: "ceremony" };
  await requireKey(options, { chainId, file, source });
  const reference = await developmentSource();
  if (source === generatedSource(source, reference, { contract, verificationKeyDigest, transcript })) return options;
  const message =
    `${file} is not what snarkjs generates for its key and this record: ` +
    "in a checkout of the ceremony's release run `npm run ceremony -- export --install`";
  throw new QuorateError<DeployError>({ code: "verifier-foreign", file }, message);
}

/** @throws QuorateError<DeployError> `verifier-not-installed` unless the file has the recorded digest. */
async function readInstalled(file: string, sha256: string): Promise<string> {
  const source = await readFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (source !== undefined && `0x${createHash("sha256").update(source).digest("hex")}` === sha256)
    return source.toString("utf8");
  const message =
    `${file} is ${source === undefined ? "missing" : "not what the ceremony exported"}: ` +
    "run `npm run ceremony -- export --install`, or copy verifier.sol from beside the record there";
  throw new QuorateError<DeployError>({ code: "verifier-not-installed", file }, message);
}

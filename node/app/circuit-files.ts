import { existsSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import artifactRecords from "../../circuits/artifacts.json" with { type: "json" };
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CircuitArtifacts } from "../../core/proof/circuit.ts";
import type { Hex } from "../../core/types/hex.ts";
import { readYamlFile } from "../config/yaml-file.ts";
import { CEREMONY_RECORD, ceremonyRecordSchema } from "./ceremony-record.ts";

export type CircuitFilesError =
  | { readonly code: "artifacts-missing"; readonly file: string }
  | { readonly code: "artifacts-of-another-circuit"; readonly record: string };

/** A circuit that this release was made for. */
export type CircuitName = keyof typeof artifactRecords;

/** Files of a circuit's folder, as `npm run build` and `npm run ceremony -- export` make them. */
const FILES = {
  r1cs: "circuit.r1cs",
  wasm: "circuit.wasm",
  zkey: "circuit.zkey",
  verificationKey: "verification-key.json",
} as const;

/** Where `npm run build` puts circuits. */
export const BUILT_CIRCUITS = fileURLToPath(new URL("../../build/circuits", import.meta.url));

/** What proving needs. */
const OF_PROVERS = ["wasm", "zkey", "verificationKey"] as const;

/**
 * The circuit's files with the digests that they must have; whoever loads them checks these.
 * @param needed that must be there: all that proving needs unless given.
 * @throws QuorateError<CircuitFilesError> where one is not, or where they are another circuit's; `config-invalid` for a damaged record.
 */
export async function findArtifacts(
  directory: string,
  name: CircuitName,
  needed: readonly (keyof typeof FILES)[] = OF_PROVERS,
): Promise<CircuitArtifacts> {
  const folder = path.join(directory, name);
  const sha256 = await digestsOf(folder, name);
  const file = (kind: keyof typeof FILES) => ({ path: path.join(folder, FILES[kind]), sha256: sha256[kind] as Hex });
  for (const { path: needs } of needed.map(file)) {
    await access(needs, constants.R_OK).catch((cause: unknown) => {
      const message = `cannot read ${needs}: build it (\`npm run build\`), or bring all files of a ceremony's export; a node can do without proofs: prover.enabled: false`;
      throw new QuorateError<CircuitFilesError>({ code: "artifacts-missing", file: needs }, message, { cause });
    });
  }
  return { r1cs: file("r1cs"), wasm: file("wasm"), zkey: file("zkey"), verificationKey: file("verificationKey") };
}

/**
 * Of a ceremony's export where its record lies beside the files, else of this release's development keys. The record is not
 * trusted: circuit and witness program must be this release's, the verification key is compared with the chain's, and a proving
 * key that does not belong to it makes proofs that the prover itself finds to be wrong.
 */
async function digestsOf(folder: string, name: CircuitName): Promise<Record<keyof typeof FILES, string>> {
  const released = artifactRecords[name].sha256;
  const file = path.join(folder, CEREMONY_RECORD);
  if (!existsSync(file)) return released;
  const { circuit, sha256 } = await readYamlFile(file, { schema: ceremonyRecordSchema, ifMissing: "" });
  if (circuit === name && sha256.r1cs === released.r1cs && sha256.wasm === released.wasm) return sha256;
  const message =
    `${file} is of another circuit than this release's ${name}: ` +
    "run the release that the ceremony was for, or name its export with prover.artifacts";
  throw new QuorateError<CircuitFilesError>({ code: "artifacts-of-another-circuit", record: file }, message);
}

/** Digests of the verification keys whose secrets everybody knows: those of the development setup. */
export const DEVELOPMENT_KEYS: ReadonlySet<Hex> = new Set(
  Object.values(artifactRecords).map(({ verificationKeyDigest }) => verificationKeyDigest as Hex),
);

/** Of the verification key that the development setup gives a circuit. */
export function digestOfKey(name: CircuitName): Hex {
  return artifactRecords[name].verificationKeyDigest as Hex;
}

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { CEREMONY_RECORD, type CeremonyRecord, ceremonyRecordSchema } from "../../node/app/ceremony-record.ts";
import { digestsOf } from "../circuits/artifacts.ts";
import { FILES } from "../circuits/build-circuit.ts";
import { exportKeys } from "../circuits/exported-keys.ts";
import { withConstants } from "../circuits/verifier-source.ts";
import type { CeremonyDeps } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { requireDigest } from "./files/digests.ts";
import { replaceFolder } from "./files/replace-folder.ts";
import { keysOf, readTranscript, type Transcript, transcriptFile } from "./transcript.ts";
import { type VerifiedCeremony, verifyCeremony, type VerifyOptions } from "./verify.ts";

export interface ExportOptions extends VerifyOptions {
  /** Gets a folder with the circuit's name: what a node's `prover.artifacts` names. */
  readonly out: string;
  /** The contracts' folder that gets the verifier; nowhere unless given. */
  readonly contracts?: string | undefined;
}

export interface ExportedCeremony {
  readonly folder: string;
  readonly record: CeremonyRecord;
  /** The Solidity verifier, where the circuit has one. */
  readonly verifier: string | undefined;
}

/**
 * Verifies a finished ceremony once more and writes what production uses: proving key, verification key, witness program,
 * constraints, Solidity verifier, transcript, and the record with their digests. The folder appears whole or not at all.
 * @throws QuorateError<CeremonyErrorData> `ceremony-unfinished`, and what `verifyCeremony` refuses.
 */
export async function exportCeremony(options: ExportOptions, deps: CeremonyDeps): Promise<ExportedCeremony> {
  const { out, contracts } = options;
  requireFinished(await readTranscript(options.folder)); // before minutes of verification
  const verified = await verifyCeremony(options, deps);
  requireFinished(verified.transcript);
  const { name } = verified.circuit;
  const folder = path.join(out, name);
  const temporary = path.join(out, `.${name}.${process.pid}`);
  await mkdir(temporary, { recursive: true });
  try {
    deps.progress("exporting the keys …");
    const record = await writeArtifacts(temporary, verified, options.folder);
    await replaceFolder(temporary, folder);
    if (record.verifier === null) return { folder, record, verifier: undefined };
    const verifier = path.join(folder, FILES.verifier);
    if (contracts === undefined) return { folder, record, verifier };
    await mkdir(contracts, { recursive: true });
    const installed = path.join(contracts, `${record.verifier.contract}.sol`);
    await copyFile(verifier, installed);
    return { folder, record, verifier: installed };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** `median-n4-k3-v8` → `CeremonyVerifierMedianN4K3V8`: never the name of a development verifier. */
function ceremonyVerifierName(name: string): string {
  const words = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `CeremonyVerifier${words.join("")}`;
}

async function writeArtifacts(folder: string, verified: VerifiedCeremony, ceremony: string): Promise<CeremonyRecord> {
  const { circuit, key, transcript, transcriptDigest } = verified;
  const { sha256: keyDigest } = keysOf(transcript).at(-1) ?? transcript.initial;
  const { name, shape } = circuit;
  const at = (file: keyof typeof FILES) => path.join(folder, FILES[file]);
  await copyFile(circuit.r1cs.path, at("r1cs"));
  await copyFile(circuit.wasm.path, at("wasm"));
  await copyFile(key, at("zkey"));
  await requireDigest(at("zkey"), keyDigest);
  await copyFile(transcriptFile(ceremony), transcriptFile(folder));
  await requireDigest(transcriptFile(folder), transcriptDigest);
  const contract = ceremonyVerifierName(name);
  const file = at("verifier");
  const verificationKeyDigest = await exportKeys({
    ...{ zkey: at("zkey"), verificationKey: at("verificationKey"), instance: name },
    ...(shape !== undefined && { verifier: { file, contract } }),
  });
  if (shape !== undefined) {
    const constants = { contract, verificationKeyDigest, transcript: transcriptDigest };
    await writeFile(file, withConstants(await readFile(file, "utf8"), constants));
  }
  const { verifier, ...sha256 } = await digestsOf(folder);
  const record = ceremonyRecordSchema.parse({
    ...{ format: "quorate.ceremony-record/1", circuit: name, verificationKeyDigest, sha256 },
    verifier: shape === undefined ? null : { contract, shape, sha256: verifier },
    transcript: transcriptDigest,
  });
  await writeFile(path.join(folder, CEREMONY_RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}

function requireFinished({ contributions, beacon }: Transcript): void {
  if (beacon !== null && contributions.length > 0) return;
  const missing = contributions.length === 0 ? "contribution" : "beacon";
  const message = `the ceremony has no ${missing} yet, and its key must not be used: go on with ${missing === "beacon" ? "beacon" : "contribute"}`;
  throw new QuorateError<CeremonyErrorData>({ code: "ceremony-unfinished", missing }, message);
}

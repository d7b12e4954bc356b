import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { openGroth16Key } from "../../../core/proof/groth16.ts";
import { type ExportedProof, publicSignalsOf } from "../../../core/proof/proof-document.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { snarkjsProof } from "../../prover/proof-format.ts";
import { syncFolder, writeWhole } from "../whole-file.ts";
import { releaseCircuit, releaseKey } from "./release-circuits.ts";

export type ProofKeyError =
  | { readonly code: "verification-key-unknown"; readonly digest: Hex }
  | { readonly code: "verification-key-other"; readonly given: Hex; readonly needed: Hex };

/** The files of `snarkjs groth16 verify`, in the order of its arguments. */
export const SNARKJS_FILES = {
  key: "verification_key.json",
  publicSignals: "public.json",
  proof: "proof.json",
} as const;

/**
 * The verification key of a proof: the one given, or this release's.
 * @param given parsed, of any origin.
 * @throws QuorateError<ProofKeyError>, or what is wrong with the key.
 */
export async function keyOf(digest: Hex, given?: unknown): Promise<unknown> {
  if (given !== undefined) {
    const key = openGroth16Key(given);
    if (key.digest === digest) return given;
    const message = `the key that was given has the digest ${key.digest}, the proof's is ${digest}: give the key of its circuit`;
    throw new QuorateError<ProofKeyError>(
      { code: "verification-key-other", given: key.digest, needed: digest },
      message,
    );
  }
  const circuit = releaseCircuit(digest);
  if (circuit !== undefined) return releaseKey(circuit);
  const message = `no circuit of this release has the verification key ${digest}: name the file of that key with --key`;
  throw new QuorateError<ProofKeyError>({ code: "verification-key-unknown", digest }, message);
}

/**
 * Writes what the stock `snarkjs groth16 verify` takes into a folder. The public signals are computed, not copied. An older proof
 * goes first and the new one comes last: where a proof lies, the other files are its own, whenever this was interrupted.
 */
export async function writeSnarkjsFiles(
  exported: ExportedProof,
  { folder, key }: { folder: string; key: unknown },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await rm(path.join(folder, SNARKJS_FILES.proof), { force: true });
  await syncFolder(folder);
  const write = (name: string, content: unknown) =>
    writeWhole(path.join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
  await write(SNARKJS_FILES.key, key);
  await write(SNARKJS_FILES.publicSignals, publicSignalsOf(exported).map(String));
  await write(SNARKJS_FILES.proof, snarkjsProof(exported.proof));
}

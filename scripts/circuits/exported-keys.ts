import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { verificationKeyDigest } from "../../core/proof/verification-key.ts";
import type { VerificationKey } from "../../core/proof/verification-key.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { CircuitBuildErrorData } from "./errors.ts";

export interface ExportKeysOptions {
  /** For messages. */
  readonly instance: string;
  readonly zkey: string;
  /** To be written: the verification key as snarkjs has it. */
  readonly verificationKey: string;
  /** To be written where contracts verify the proofs: the Solidity verifier, and its name. */
  readonly verifier?: { readonly file: string; readonly contract: string };
}

/** Writes verification key and verifier of a proving key. @returns the digest that names the verification key. */
export async function exportKeys(options: ExportKeysOptions): Promise<Hex> {
  const { instance, zkey, verificationKey, verifier } = options;
  const script = fileURLToPath(new URL("export-keys.ts", import.meta.url));
  const files = [zkey, verificationKey, ...(verifier === undefined ? [] : [verifier.file, verifier.contract])];
  const child = fork(script, files, { stdio: "inherit" });
  const [exitCode] = (await once(child, "exit")) as [number | null];
  if (exitCode !== 0) {
    throw new QuorateError<CircuitBuildErrorData>(
      { code: "circuit-export-failed", instance, exitCode },
      `exporting the keys of ${instance} failed, see the output above: build again with --force`,
    );
  }
  return verificationKeyDigest(JSON.parse(await readFile(verificationKey, "utf8")) as VerificationKey);
}

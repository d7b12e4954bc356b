import { readFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { type Groth16Key, openGroth16Key } from "../../core/proof/groth16.ts";
import type { Hex } from "../../core/types/hex.ts";

export type VerificationKeyFileError =
  | { readonly code: "verification-key-unreadable"; readonly file: string }
  | {
      readonly code: "verification-key-mismatch";
      readonly file: string;
      readonly expected: Hex;
      readonly found: Hex;
    };

export interface VerificationKeyFile {
  readonly file: string;
  /** `verificationKeyDigest` of what it must hold. */
  readonly digest: Hex;
}

/** Far more than a key of 64 public signals. */
const MAX_BYTES = 64 * 1024;

/**
 * A verification key that a manifest names by its digest.
 * @throws QuorateError<VerificationKeyFileError | VerificationKeyError> for any other.
 */
export async function loadVerificationKey({ file, digest }: VerificationKeyFile): Promise<Groth16Key> {
  const key = openGroth16Key(await readJson(file));
  if (key.digest === digest) return key;
  throw new QuorateError<VerificationKeyFileError>(
    { code: "verification-key-mismatch", file, expected: digest, found: key.digest },
    `${file} holds the verification key ${key.digest}, the manifest names ${digest}: take the file of the manifest's version`,
  );
}

async function readJson(file: string): Promise<unknown> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`);
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch (cause) {
    throw new QuorateError<VerificationKeyFileError>(
      { code: "verification-key-unreadable", file },
      `${file} cannot be read as a verification key: put the file there that the manifest names`,
      { cause },
    );
  }
}

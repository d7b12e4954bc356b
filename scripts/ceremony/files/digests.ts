import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { CeremonyErrorData } from "../errors.ts";

/** blake2b512 is what the makers of powers of tau publish, `b2sum` computes it. */
export type Algorithm = "sha256" | "blake2b512";

/** Digest of a file of any size. @throws QuorateError<CeremonyErrorData> `file-missing`. */
export async function digestOfFile(file: string, algorithm: Algorithm = "sha256"): Promise<Hex> {
  const hash = createHash(algorithm);
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw missing(file);
    throw error;
  }
  return `0x${hash.digest("hex")}`;
}

/** @throws QuorateError<CeremonyErrorData> `file-missing` or `file-altered` where a file is not the one that its digest names. */
export async function requireDigest(file: string, expected: Hex): Promise<void> {
  const found = await digestOfFile(file);
  if (found === expected) return;
  throw new QuorateError<CeremonyErrorData>(
    { code: "file-altered", file, expected, found },
    `${file} was altered: its sha256 is ${found}, the transcript says ${expected}; get the file again from whoever made it`,
  );
}

export function missing(file: string): QuorateError<CeremonyErrorData> {
  return new QuorateError<CeremonyErrorData>(
    { code: "file-missing", file },
    `there is no ${file}: name an existing file, or put the ceremony's file there`,
  );
}

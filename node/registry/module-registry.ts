import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";

export type RegistryError =
  | { readonly code: "module-missing"; readonly file: string }
  | { readonly code: "module-digest-mismatch"; readonly file: string; readonly expected: Hex; readonly actual: Hex };

/** Reads a module's bytes and holds them against the digest that its manifest declares. */
export async function loadModule({ file, sha256 }: { file: string; sha256: Hex }): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new QuorateError<RegistryError>(
      { code: "module-missing", file },
      `no module at ${file}: build the fetcher, or correct \`module\` in its manifest`,
      { cause },
    );
  }
  const actual: Hex = `0x${createHash("sha256").update(bytes).digest("hex")}`;
  if (actual === sha256) return bytes;
  throw new QuorateError<RegistryError>(
    { code: "module-digest-mismatch", file, expected: sha256, actual },
    `${file} has sha256 ${actual}, its manifest says ${sha256}: rebuild the fetcher, or take the manifest that belongs to this module`,
  );
}

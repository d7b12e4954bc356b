import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ArtifactFile } from "../../core/proof/circuit.ts";
import type { ProverErrorData } from "./errors.ts";

/** Reads a file whose content is fixed by its digest; anything else throws `artifact-mismatch`. */
export async function loadArtifact({ path, sha256 }: ArtifactFile): Promise<Uint8Array<ArrayBuffer>> {
  const content = await readFile(path);
  const found = `0x${createHash("sha256").update(content).digest("hex")}`;
  if (found !== sha256) {
    throw new QuorateError<ProverErrorData>(
      { code: "artifact-mismatch", path, expected: sha256, found },
      `${path} was altered (sha256 ${found}, expected ${sha256}): build the circuits again`,
    );
  }
  return content;
}

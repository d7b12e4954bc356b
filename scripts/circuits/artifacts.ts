import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Hex } from "../../core/types/hex.ts";
import { FILES } from "./build-circuit.ts";

const hex32 = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)]);

export type FileName = keyof typeof FILES;
export const FILE_NAMES = Object.keys(FILES) as readonly FileName[];

const recordSchema = z.strictObject({
  constraints: z.int(),
  wires: z.int(),
  verificationKeyDigest: hex32,
  sha256: z.strictObject({ r1cs: hex32, wasm: hex32, zkey: hex32, verificationKey: hex32, verifier: hex32.optional() }),
});

/** What a circuit's build must come out as, on every machine. */
export type ArtifactRecord = Readonly<z.infer<typeof recordSchema>>;

/** The records of all instances by name, `circuits/artifacts.json`. */
export async function readArtifactRecords(file: string): Promise<Readonly<Record<string, ArtifactRecord>>> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw error;
  });
  return z.record(z.string(), recordSchema).parse(JSON.parse(text));
}

export async function writeArtifactRecord(file: string, instance: string, record: ArtifactRecord): Promise<void> {
  const records = { ...(await readArtifactRecords(file)), [instance]: record };
  await writeFile(file, `${JSON.stringify(records, undefined, 2)}\n`);
}

/** Digests of a built folder's files; a file that is not there has none. */
export async function digestsOf(folder: string): Promise<Partial<Record<FileName, Hex>>> {
  const entries = await Promise.all(
    FILE_NAMES.map(async (name) => [name, await sha256OfFile(path.join(folder, FILES[name]))] as const),
  );
  return Object.fromEntries(entries.filter(([, digest]) => digest !== undefined));
}

async function sha256OfFile(file: string): Promise<Hex | undefined> {
  try {
    return `0x${createHash("sha256")
      .update(await readFile(file))
      .digest("hex")}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { writeWhole } from "../../node/app/whole-file.ts";
import type { CeremonyErrorData } from "./errors.ts";

const hexOf = (bytes: number) => z.templateLiteral(["0x", z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`))]);
const sha256 = hexOf(32);
const blake2b = hexOf(64);

const TRANSCRIPT = "transcript.json";
/** As snarkjs keeps it in the key: it cuts longer ones. */
export const MAX_NAME_CHARACTERS = 64;
export const participantName = z.string().trim().min(1).max(MAX_NAME_CHARACTERS);
/** Where a beacon's value comes from, announced before it existed. */
export const beaconSource = z.string().min(1).max(500);
/** A block's hash, a drand round's randomness: at least 32 bytes. snarkjs stores the length in one byte. */
export const beaconHash = z.string().regex(/^0x([0-9a-f]{2}){32,255}$/);
/** snarkjs asks for 10 at least; whoever verifies repeats them, 2²⁴ take a minute or so. */
export const ITERATIONS_EXP = { least: 10, most: 24 } as const;

const step = {
  /** sha256 of the key that it was made from. */
  previous: sha256,
  /** sha256 of the key that it made. */
  sha256,
  /** What snarkjs printed: blake2b over the contribution's public points. */
  hash: blake2b,
  time: z.iso.datetime(),
};

const contributionSchema = z.strictObject({
  index: z.int().positive(),
  /** As the participant gave it; kept in the key. */
  name: z.string().max(MAX_NAME_CHARACTERS),
  /** Whether it was made in this folder, or received as a file. */
  origin: z.enum(["made", "received"]),
  ...step,
});

const transcriptSchema = z.strictObject({
  format: z.literal("quorate.ceremony/1"),
  circuit: z.strictObject({
    name: z.string().min(1),
    constraints: z.int().positive(),
    /** sha256 of `circuit.r1cs`. */
    r1cs: sha256,
  }),
  powers: z.strictObject({
    /** Of `powers.ptau`, as its makers publish it. */
    blake2b,
    power: z.int().min(1).max(28),
    contributions: z.int().positive(),
    /** The name under which the digest was published, where we know it. */
    publishedAs: z.string().nullable(),
    /** Whether all of it was verified when the ceremony began, or its digest taken for it. */
    checked: z.enum(["whole", "digest"]),
  }),
  initial: z.strictObject({
    sha256,
    /** blake2b over the key before any contribution. */
    circuitHash: blake2b,
    time: z.iso.datetime(),
  }),
  contributions: z.array(contributionSchema),
  beacon: z
    .strictObject({
      source: beaconSource,
      value: beaconHash,
      iterationsExp: z.int().min(ITERATIONS_EXP.least).max(ITERATIONS_EXP.most),
      ...step,
    })
    .nullable(),
});

/** The record of a ceremony, `transcript.json`. */
export type Transcript = z.output<typeof transcriptSchema>;
export type ContributionEntry = Transcript["contributions"][number];

/**
 * Reads a ceremony's record, and follows it from key to key.
 * @throws QuorateError<CeremonyErrorData> `transcript-missing`, `transcript-malformed`; `transcript-broken` where an entry does
 * not begin with the key that the one before it made.
 */
export async function readTranscript(folder: string): Promise<Transcript> {
  const transcript = await findTranscript(folder);
  if (transcript !== undefined) return transcript;
  const file = transcriptFile(folder);
  const message = `there is no ${file}: begin with \`npm run ceremony -- init\`, or name the ceremony's folder with --folder`;
  throw new QuorateError<CeremonyErrorData>({ code: "transcript-missing", file }, message);
}

/** As `readTranscript`; undefined where no ceremony was begun. */
export async function findTranscript(folder: string): Promise<Transcript | undefined> {
  const file = transcriptFile(folder);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const result = transcriptSchema.safeParse(parseJson(text));
  if (!result.success) throw malformed(file, result.error, "restore it from its published copy");
  requireChain(result.data, file);
  return result.data;
}

/** @throws QuorateError<CeremonyErrorData> `transcript-malformed` for one that nobody could read again. */
export function requireWritable(transcript: Transcript): void {
  const result = transcriptSchema.safeParse(transcript);
  if (!result.success) throw malformed(TRANSCRIPT, result.error, "nothing was written; give it other values");
}

/** @throws QuorateError<CeremonyErrorData> as `requireWritable`. */
export async function writeTranscript(folder: string, transcript: Transcript): Promise<void> {
  requireWritable(transcript);
  const text = `${JSON.stringify(transcript, undefined, 2)}\n`;
  await writeWhole(transcriptFile(folder), text);
}

function malformed(file: string, { issues }: z.ZodError, mend: string): QuorateError<CeremonyErrorData> {
  const problems = issues.map(({ path: key, message }) => `${key.join(".") || "all of it"}: ${message}`);
  const data = { code: "transcript-malformed", file, problems } as const;
  return new QuorateError(data, `${file}: ${problems.join("; ")}; ${mend}`);
}

export function transcriptFile(folder: string): string {
  return path.join(folder, TRANSCRIPT);
}

/** All keys of a ceremony in their order: the initial one, one per contribution, the beacon's. */
export function keysOf({ initial, contributions, beacon }: Transcript): readonly { readonly sha256: Hex }[] {
  return [initial, ...contributions, ...(beacon === null ? [] : [beacon])];
}

function requireChain({ initial, contributions, beacon }: Transcript, file: string): void {
  let previous: Hex = initial.sha256;
  for (const [i, entry] of [...contributions, ...(beacon === null ? [] : [beacon])].entries()) {
    const index = i + 1;
    if (entry.previous !== previous || ("index" in entry && entry.index !== index)) {
      const data = { code: "transcript-broken", index, expected: previous, found: entry.previous } as const;
      const message = `${file}: entry ${index} does not follow the one before it: an entry was taken out, added or moved; restore the published copy`;
      throw new QuorateError<CeremonyErrorData>(data, message);
    }
    previous = entry.sha256;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says that it is no object
  }
}

import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { CeremonyDeps } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { digestOfFile } from "./files/digests.ts";
import { readPowersHeader } from "./files/powers-file.ts";
// blake2b of the perpetual powers of tau as Hermez prepared them, 54 contributions and a beacon: the table in snarkjs' README.
import known from "./known-powers.json" with { type: "json" };
import { runJob } from "./snarkjs/run-job.ts";
import type { Transcript } from "./transcript.ts";

export interface PowersOptions {
  readonly file: string;
  /** log2 of the circuit's domain. */
  readonly needed: number;
  /** blake2b that the file must have. */
  readonly expected?: Hex | undefined;
  /** Take a digest that we know to be published for the verification of the whole file. */
  readonly trustDigest?: boolean | undefined;
}

/**
 * Checks powers of tau in two ways that do not stand for each other. The digest says *whose* they are: anybody can make a file
 * that is well-formed and whose secrets they know. `powersoftau verify` says that they are powers, that each contribution
 * follows from the one before, and that the phase 2 part belongs to them.
 * @throws QuorateError<CeremonyErrorData> the codes `powers-…`, `file-missing`, `file-malformed`, `snarkjs-failed`.
 */
export async function checkPowers(
  { file, needed, expected, trustDigest = false }: PowersOptions,
  { progress }: Pick<CeremonyDeps, "progress">,
): Promise<Transcript["powers"]> {
  const { power, contributions } = await readPowersHeader(file);
  if (power < needed) {
    const message = `${file} is for at most 2^${power} constraints, the circuit needs 2^${needed}: take a larger one`;
    throw new QuorateError<CeremonyErrorData>({ code: "powers-too-small", power, needed }, message);
  }
  const blake2b = await digestOfFile(file, "blake2b512");
  const publishedAs = publishedName(blake2b);
  requireOrigin(file, { blake2b, expected });
  const checked = trustDigest && publishedAs !== null ? "digest" : "whole";
  if (checked === "whole") {
    progress(`verifying the powers of tau (2^${power}): minutes for large ones …`);
    const { holds, reason } = await runJob({ kind: "check-powers", powers: file }, progress);
    if (!holds) {
      const message = `${file} holds no valid powers of tau: ${reason}; get it again from its makers`;
      throw new QuorateError<CeremonyErrorData>({ code: "powers-invalid", reason }, message);
    }
  }
  return { blake2b, power, contributions, publishedAs, checked };
}

/**
 * @param of whose digest it is, for the message. @param expected what a person gave.
 * @throws QuorateError<CeremonyErrorData> `powers-differ`; `powers-unknown` for one that is not known here, and that nobody gave.
 */
export function requireOrigin(
  of: string,
  { blake2b, expected }: { readonly blake2b: Hex; readonly expected?: Hex | undefined },
): void {
  if (expected !== undefined && expected !== blake2b) {
    const message = `${of} is another file: its blake2b is ${blake2b}, expected ${expected}; get the one that was announced`;
    throw new QuorateError<CeremonyErrorData>({ code: "powers-differ", expected, found: blake2b }, message);
  }
  if (expected !== undefined || publishedName(blake2b) !== null) return;
  const message =
    `nobody that we know published ${of} (blake2b ${blake2b}): ` +
    "compare with where its makers published the digest, and give it with --ptau-blake2b";
  throw new QuorateError<CeremonyErrorData>({ code: "powers-unknown", blake2b }, message);
}

/** The file name under which a digest was published, if we know it. */
export function publishedName(blake2b: Hex): string | null {
  return Object.entries(known).find(([, digest]) => digest === blake2b)?.[0] ?? null;
}

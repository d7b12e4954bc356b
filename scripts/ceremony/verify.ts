import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { logDomainOf } from "../circuits/setup/proving-scalars.ts";
import { readR1cs } from "../circuits/setup/r1cs-file.ts";
import type { CeremonyCircuit, CeremonyDeps } from "./deps.ts";
import { requireBeaconOnlyAt, requireNext, requireSameCircuit } from "./descent.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { digestOfFile, requireDigest } from "./files/digests.ts";
import { type KeyContribution, readKeyHistory } from "./files/key-file.ts";
import { type CeremonyFiles, filesOf } from "./folder.ts";
import { makeInitialKey } from "./initial-key.ts";
import { requireValidKey } from "./next-key.ts";
import { checkPowers, requireOrigin } from "./powers.ts";
import { keysOf, readTranscript, type Transcript, transcriptFile } from "./transcript.ts";

export interface VerifyOptions {
  readonly folder: string;
  /** For those who have the last key only: the others are as the transcript says if all published digests are. */
  readonly finalOnly?: boolean | undefined;
  /** The digest of the powers of tau as their makers published it; not needed for those of `known-powers.json`. */
  readonly blake2b?: Hex | undefined;
  readonly trustDigest?: boolean | undefined;
}

export interface VerifiedCeremony {
  readonly transcript: Transcript;
  /** sha256 of the transcript: what people sign and publish. */
  readonly transcriptDigest: Hex;
  readonly circuit: CeremonyCircuit;
  /** The last key's file. */
  readonly key: string;
  readonly finished: boolean;
}

/**
 * Verifies a whole ceremony and trusts nothing in its folder: constraints against the sources, powers of tau, the initial key made
 * again, every key's digest, every entry against what the keys carry, the order, the beacon, and the last key itself.
 * @throws QuorateError<CeremonyErrorData> with the first thing that does not hold.
 */
export async function verifyCeremony(options: VerifyOptions, deps: CeremonyDeps): Promise<VerifiedCeremony> {
  const { folder, finalOnly = false, trustDigest } = options;
  const transcript = await readTranscript(folder);
  const transcriptDigest = await digestOfFile(transcriptFile(folder));
  // Whoever knows the secrets of powers of tau can write their digest into a transcript.
  requireOrigin(filesOf(folder).powers, { blake2b: transcript.powers.blake2b, expected: options.blake2b });
  const files = filesOf(folder);
  const last = keysOf(transcript).length - 1;
  const circuit = await requireCircuit({ files, transcript }, deps);
  await requireKeys({ folder, files, transcript, from: finalOnly ? last : 0 });
  await requireEntries({ file: files.key(last), files, transcript });
  if (!finalOnly) await requireChain(files, last);
  const r1cs = readR1cs(await readFile(files.r1cs));
  if (transcript.circuit.constraints !== r1cs.constraints.length) throw differs(0, "circuit.constraints");
  await requirePowersEntry({ files, transcript, needed: logDomainOf(r1cs), trustDigest }, deps);
  await withInitialKey({ folder, files, transcript }, deps, async (initial) => {
    deps.progress("verifying the last key …");
    if (last > 0) await requireValidKey({ key: files.key(last), initial, powers: files.powers }, deps);
  });
  return {
    ...{ transcript, transcriptDigest, circuit },
    ...{ key: files.key(last), finished: transcript.beacon !== null },
  };
}

interface Ceremony {
  readonly files: CeremonyFiles;
  readonly transcript: Transcript;
}

async function requireCircuit({ files, transcript }: Ceremony, deps: CeremonyDeps): Promise<CeremonyCircuit> {
  const { name, r1cs: found } = transcript.circuit;
  deps.progress(`compiling ${name} …`);
  const circuit = await deps.circuitOf(name);
  const expected = circuit.r1cs.sha256;
  if (found !== expected) {
    const message = `the ceremony is for other constraints than ${name} has in this checkout: check out the release that it was for`;
    throw new QuorateError<CeremonyErrorData>({ code: "circuit-differs", circuit: name, expected, found }, message);
  }
  await requireDigest(files.r1cs, expected);
  return circuit;
}

/** Whose digest the transcript names is known by now; what else it says of these powers of tau must be true of that digest. */
async function requirePowersEntry(
  { files, transcript, ...options }: Ceremony & { readonly needed: number; readonly trustDigest: boolean | undefined },
  deps: CeremonyDeps,
): Promise<void> {
  const { blake2b: expected, power, contributions, publishedAs } = transcript.powers;
  const found = await checkPowers({ ...options, file: files.powers, expected }, deps);
  if (found.publishedAs !== publishedAs) throw differs(0, "powers.publishedAs");
  if (found.power !== power) throw differs(0, "powers.power");
  if (found.contributions !== contributions) throw differs(0, "powers.contributions");
}

async function requireKeys({ folder, files, transcript, from }: Ceremony & { folder: string; from: number }) {
  const keys = keysOf(transcript);
  for (const [index, { sha256 }] of keys.entries()) {
    if (index >= from) await requireDigest(files.key(index), sha256);
  }
  const known = new Set(keys.map((_, index) => path.basename(files.key(index))));
  const stranger = (await readdir(folder)).find((name) => /^\d{4,}\.zkey$/.test(name) && !known.has(name));
  if (stranger === undefined) return;
  const data = { code: "transcript-differs", index: Number.parseInt(stranger, 10), field: "entry" } as const;
  const message = `the transcript has no entry for ${stranger}: restore the transcript, or delete the file if a step was interrupted`;
  throw new QuorateError<CeremonyErrorData>(data, message);
}

/** Each entry says what the last key carries, in the same order, and the beacon is last and once. */
async function requireEntries({ file, files, transcript }: Ceremony & { file: string }): Promise<void> {
  const history = await readKeyHistory(file);
  await requireSameCircuit({ file, history, r1cs: files.r1cs }, transcript);
  const { contributions } = history;
  const entries = transcript.contributions;
  const total = keysOf(transcript).length - 1;
  if (contributions.length !== total) throw differs(Math.min(contributions.length, total) + 1, "entry");
  requireBeaconOnlyAt(transcript.beacon === null ? undefined : total, { file, contributions });
  for (const [i, { index, hash, name }] of entries.entries()) {
    const carried = contributions[i];
    if (carried?.hash !== hash) throw differs(index, "hash");
    if (carried.name !== name) throw differs(index, "name");
  }
  if (transcript.beacon !== null) requireBeaconEntry(transcript.beacon, contributions.at(-1), total);
}

function requireBeaconEntry(
  { hash, value, iterationsExp }: NonNullable<Transcript["beacon"]>,
  carried: KeyContribution | undefined,
  index: number,
): void {
  if (carried?.beacon === undefined) throw differs(index, "beacon");
  if (carried.hash !== hash) throw differs(index, "hash");
  if (carried.beacon.hash !== value) throw differs(index, "beacon.value");
  if (carried.beacon.iterationsExp !== iterationsExp) throw differs(index, "beacon.iterationsExp");
}

/** @param index of the entry; 0 for what the transcript says of the ceremony's beginning. */
function differs(index: number, field: string): QuorateError<CeremonyErrorData> {
  const message = `the transcript's entry ${index} is not what the files say (${field}): restore the published transcript and keys`;
  return new QuorateError<CeremonyErrorData>({ code: "transcript-differs", index, field }, message);
}

/** Each key carries the contributions of the one before it and one more. The initial one is made again, and so has none. */
async function requireChain(files: CeremonyFiles, last: number): Promise<void> {
  let earlier: readonly KeyContribution[] = [];
  for (let index = 1; index <= last; index++) {
    const { contributions: later } = await readKeyHistory(files.key(index));
    requireNext(files.key(index), { earlier, later });
    earlier = later;
  }
}

async function withInitialKey(
  { folder, files, transcript: { initial } }: Ceremony & { folder: string },
  deps: CeremonyDeps,
  use: (initial: string) => Promise<void>,
): Promise<void> {
  const scratch = await mkdtemp(path.join(folder, ".verify-"));
  try {
    const key = path.join(scratch, "initial.zkey");
    deps.progress("making the initial key again …");
    await makeInitialKey(files, key, deps);
    const found = await digestOfFile(key);
    if (found !== initial.sha256) {
      const message =
        "constraints and powers of tau give another initial key than the transcript names: do not use this ceremony";
      const data = { code: "initial-differs", expected: initial.sha256, found } as const;
      throw new QuorateError<CeremonyErrorData>(data, message);
    }
    await use(key);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

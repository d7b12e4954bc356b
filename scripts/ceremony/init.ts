import { constants } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { logDomainOf } from "../circuits/setup/proving-scalars.ts";
import { readR1cs } from "../circuits/setup/r1cs-file.ts";
import { makeWhole } from "../../node/app/whole-file.ts";
import type { CeremonyDeps } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { digestOfFile, requireDigest } from "./files/digests.ts";
import { readKeyHistory } from "./files/key-file.ts";
import { filesOf, withFolderLock } from "./folder.ts";
import { requirePowers } from "./next-key.ts";
import { checkPowers } from "./powers.ts";
import { makeInitialKey } from "./initial-key.ts";
import { findTranscript, type Transcript, writeTranscript } from "./transcript.ts";

export interface InitOptions {
  readonly folder: string;
  /** A name in `circuits/instances.json`. */
  readonly circuit: string;
  /** Powers of tau, prepared for phase 2. */
  readonly powers: string;
  /** The digest that their makers published; not needed for those of `known-powers.json`. */
  readonly blake2b?: Hex | undefined;
  readonly trustDigest?: boolean | undefined;
}

/**
 * Begins a ceremony: copies constraints and powers of tau into its folder, makes the key that everyone can recompute, and the
 * transcript. An init that was interrupted is simply run again. One process at a time.
 * @throws QuorateError<CeremonyErrorData>
 */
export async function beginCeremony(options: InitOptions, deps: CeremonyDeps): Promise<Transcript> {
  const { folder } = options;
  await requireNoCeremony(folder);
  await mkdir(folder, { recursive: true });
  return withFolderLock(folder, async () => {
    await requireNoCeremony(folder); // another process may have begun one while we waited
    const transcript = await firstTranscript(options, deps);
    await writeTranscript(folder, transcript);
    return transcript;
  });
}

async function requireNoCeremony(folder: string): Promise<void> {
  if ((await findTranscript(folder)) === undefined) return;
  const message = `a ceremony was begun in ${path.resolve(folder)} already: go on with contribute, or name another --folder`;
  throw new QuorateError<CeremonyErrorData>({ code: "already-begun", folder }, message);
}

/** Puts everything but the transcript into the folder. */
async function firstTranscript(options: InitOptions, deps: CeremonyDeps): Promise<Transcript> {
  const { folder, powers, blake2b, trustDigest } = options;
  const files = filesOf(folder);
  deps.progress(`compiling ${options.circuit} …`);
  const { name, r1cs } = await deps.circuitOf(options.circuit);
  const circuit = readR1cs(await readFile(r1cs.path));
  const checks = { needed: logDomainOf(circuit), expected: blake2b, trustDigest };
  const checked = await checkPowers({ file: powers, ...checks }, deps);
  await copyWhole(r1cs.path, files.r1cs);
  await requireDigest(files.r1cs, r1cs.sha256);
  await copyWhole(powers, files.powers);
  await requirePowers(files, checked);
  deps.progress("making the initial key …");
  await makeInitialKey(files, files.key(0), deps);
  const { circuitHash } = await readKeyHistory(files.key(0));
  return {
    format: "quorate.ceremony/1",
    circuit: { name, constraints: circuit.constraints.length, r1cs: r1cs.sha256 },
    powers: checked,
    initial: { sha256: await digestOfFile(files.key(0)), circuitHash, time: deps.now().toISOString() },
    contributions: [],
    beacon: null,
  };
}

async function copyWhole(from: string, to: string): Promise<void> {
  // A file system that can shares the blocks: powers of tau are large.
  await makeWhole(to, (temporary) => copyFile(from, temporary, constants.COPYFILE_FICLONE));
}

import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { makeWhole } from "../../node/app/whole-file.ts";
import type { CeremonyDeps } from "./deps.ts";
import { requireBeaconOnlyAt, requireNext, requireSameCircuit } from "./descent.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { digestOfFile, requireDigest } from "./files/digests.ts";
import { readKeyHistory, type KeyContribution } from "./files/key-file.ts";
import { type CeremonyFiles, filesOf, withFolderLock } from "./folder.ts";
import { runJob } from "./snarkjs/run-job.ts";
import { readTranscript, requireWritable, type Transcript, writeTranscript } from "./transcript.ts";

/** The key that a step made, checked and on the disk. */
export interface NextKey {
  readonly contribution: KeyContribution;
  /** Of the transcript's entry. */
  readonly step: { readonly previous: Hex; readonly sha256: Hex; readonly hash: Hex; readonly time: string };
}

export interface NextKeyOptions {
  readonly folder: string;
  readonly kind: KeyContribution["kind"];
  /** Makes the key from the last one; both are paths. */
  readonly make: (from: string, to: string, transcript: Transcript) => Promise<void>;
  /** The file that `make` copies, where the key comes from outside: it is what messages are about. */
  readonly received?: string;
  /** The transcript with the step's entry. */
  readonly enter: (transcript: Transcript, key: NextKey) => Transcript;
}

/**
 * Adds a key to a ceremony. The transcript gets its entry when the key is on the disk and verified; a run that dies before
 * leaves the ceremony as it was. One process at a time.
 * @throws QuorateError<CeremonyErrorData> `ceremony-ended` after the beacon; whatever is wrong with the new key or those before.
 */
export async function addKey(options: NextKeyOptions, deps: CeremonyDeps): Promise<Transcript> {
  const { folder, kind, make, received, enter } = options;
  await readTranscript(folder); // before the lock needs the folder
  return withFolderLock(folder, async () => {
    const transcript = await readTranscript(folder);
    requireOpen(transcript);
    await removeLeftovers(folder);
    const files = filesOf(folder);
    const count = transcript.contributions.length;
    const previous = transcript.contributions.at(-1)?.sha256 ?? transcript.initial.sha256;
    const from = files.key(count);
    await requireDigest(files.key(0), transcript.initial.sha256);
    await requireDigest(from, previous);
    await requirePowers(files, transcript.powers);
    const made: Transcript[] = [];
    await makeWhole(files.key(count + 1), async (temporary) => {
      await make(from, temporary, transcript);
      const file = received ?? temporary;
      const contribution = await checkKey({ file, from, kind, files, transcript }, deps);
      const sha256 = await digestOfFile(file);
      await requireDigest(temporary, sha256);
      const time = deps.now().toISOString();
      const next = enter(transcript, { contribution, step: { previous, sha256, hash: contribution.hash, time } });
      requireWritable(next); // before the key gets its name
      made.push(next);
    });
    const [next] = made as [Transcript];
    await writeTranscript(folder, next);
    return next;
  });
}

/** What runs that died left half-written. The lock is ours, so nobody uses it. */
async function removeLeftovers(folder: string): Promise<void> {
  const stale = (await readdir(folder)).filter((name) => /^\.\d{4,}\.zkey\.\d+$/.test(name));
  await Promise.all(stale.map((name) => rm(path.join(folder, name), { force: true })));
}

interface KeyCheck {
  readonly file: string;
  readonly from: string;
  readonly kind: KeyContribution["kind"];
  readonly files: CeremonyFiles;
  readonly transcript: Transcript;
}

/** What is cheap and says most comes first; the mathematics last. */
async function checkKey(
  { file, from, kind, files, transcript }: KeyCheck,
  deps: CeremonyDeps,
): Promise<KeyContribution> {
  const history = await readKeyHistory(file);
  await requireSameCircuit({ file, history, r1cs: files.r1cs }, transcript);
  const { contributions } = history;
  const next = requireNext(file, { earlier: (await readKeyHistory(from)).contributions, later: contributions });
  requireBeaconOnlyAt(kind === "beacon" ? contributions.length : undefined, { file, contributions });
  deps.progress("verifying the new key …");
  await requireValidKey({ key: file, initial: files.key(0), powers: files.powers }, deps);
  return next;
}

/** `zkey verify`, against the initial key. @throws QuorateError<CeremonyErrorData> `key-invalid` */
export async function requireValidKey(
  { key, initial, powers }: { readonly key: string; readonly initial: string; readonly powers: string },
  { progress }: Pick<CeremonyDeps, "progress">,
): Promise<void> {
  const { holds, reason } = await runJob({ kind: "check-key", initial, powers, key }, progress);
  if (holds) return;
  const message = `${key} is not what its contributions make of the initial key: ${reason}; refuse the file, and ask its maker`;
  throw new QuorateError<CeremonyErrorData>({ code: "key-invalid", file: key, reason }, message);
}

function requireOpen({ beacon }: Transcript): void {
  if (beacon === null) return;
  const message = "the beacon ended this ceremony: nothing can be added; verify and export it, or begin another one";
  throw new QuorateError<CeremonyErrorData>({ code: "ceremony-ended" }, message);
}

/** @throws QuorateError<CeremonyErrorData> `powers-differ` */
export async function requirePowers(
  { powers }: CeremonyFiles,
  { blake2b: expected }: Transcript["powers"],
): Promise<void> {
  const found = await digestOfFile(powers, "blake2b512");
  if (found === expected) return;
  const message = `${powers} was altered: its blake2b is ${found}, the transcript says ${expected}; put the file there again`;
  throw new QuorateError<CeremonyErrorData>({ code: "powers-differ", expected, found }, message);
}

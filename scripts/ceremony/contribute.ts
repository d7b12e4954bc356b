import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { makeWhole } from "../../node/app/whole-file.ts";
import type { CeremonyDeps } from "./deps.ts";
import type { CeremonyErrorData } from "./errors.ts";
import { digestOfFile } from "./files/digests.ts";
import { requireBeaconOnlyAt, requireNext } from "./descent.ts";
import { readKeyHistory, type KeyContribution } from "./files/key-file.ts";
import { addKey, type NextKey } from "./next-key.ts";
import { makeFile } from "./snarkjs/run-job.ts";
import type { ContributionEntry, Transcript } from "./transcript.ts";

/** A contribution's maker, and what they add to the system's randomness. */
export interface Contributor {
  /** Kept in the key, 1 to 64 characters. */
  readonly name: string;
  /** Whatever a person typed; empty for none. Stays in memory. */
  readonly text: string;
}

/** Adds a contribution made on this machine. Its secret lives in a child process, for seconds. */
export async function contribute(
  { folder, name, text }: Contributor & { readonly folder: string },
  deps: CeremonyDeps,
): Promise<Transcript> {
  const make = (from: string, to: string) => makeContribution({ from, to, name, text }, deps);
  const enter = (transcript: Transcript, key: NextKey) => entered(transcript, key, "made");
  return addKey({ folder, kind: "contribution", make, enter }, deps);
}

/**
 * Adds a contribution that somebody made elsewhere, with this script or with stock snarkjs.
 * @throws QuorateError<CeremonyErrorData> `already-accepted` for a file that is in the transcript.
 */
export async function accept(
  { folder, file }: { readonly folder: string; readonly file: string },
  deps: CeremonyDeps,
): Promise<Transcript> {
  const make = async (_from: string, to: string, transcript: Transcript) => {
    const sha256 = await digestOfFile(file);
    const index = transcript.contributions.findIndex((entry) => entry.sha256 === sha256) + 1;
    if (index > 0) {
      const message = `${file} was accepted before, as contribution ${index}: nothing to do`;
      throw new QuorateError<CeremonyErrorData>({ code: "already-accepted", index }, message);
    }
    await copyFile(file, to);
  };
  const enter = (transcript: Transcript, key: NextKey) => entered(transcript, key, "received");
  return addKey({ folder, kind: "contribution", make, received: file, enter }, deps);
}

/** A contribution made far from the ceremony's folder: only from the key that its maker received. */
export interface RemoteContribution extends Contributor {
  readonly from: string;
  /** Must not exist. */
  readonly to: string;
}

/** What a participant publishes. */
export interface RemoteOutcome {
  readonly builtOn: readonly Pick<KeyContribution, "name" | "hash">[];
  readonly received: string;
  readonly sha256: string;
  readonly contribution: KeyContribution;
}

/**
 * Makes a contribution to a key that was received, without transcript and powers of tau. That the key is the ceremony's the
 * participant sees from its digest in the published transcript, or by `verify`.
 * @throws QuorateError<CeremonyErrorData> `file-exists`, `beacon-misplaced` for a key that was finished.
 */
export async function contributeRemotely(options: RemoteContribution, deps: CeremonyDeps): Promise<RemoteOutcome> {
  const { from, to } = options;
  if (existsSync(to)) {
    const message = `${to} exists: name a new file with --to, or take that one if it is your contribution`;
    throw new QuorateError<CeremonyErrorData>({ code: "file-exists", file: to }, message);
  }
  const { contributions } = await readKeyHistory(from);
  requireBeaconOnlyAt(undefined, { file: from, contributions });
  await makeWhole(to, (temporary) => makeContribution({ ...options, to: temporary }, deps));
  const { contributions: later } = await readKeyHistory(to);
  return {
    builtOn: contributions.map(({ name, hash }) => ({ name, hash })),
    received: await digestOfFile(from),
    sha256: await digestOfFile(to),
    contribution: requireNext(to, { earlier: contributions, later }),
  };
}

async function makeContribution(
  job: Contributor & { readonly from: string; readonly to: string },
  { progress }: CeremonyDeps,
): Promise<void> {
  progress("making the contribution …");
  await makeFile({ kind: "contribute", ...job }, progress);
}

function entered(
  transcript: Transcript,
  { contribution: { name }, step }: NextKey,
  origin: ContributionEntry["origin"],
): Transcript {
  const entry = { index: transcript.contributions.length + 1, name, origin, ...step };
  return { ...transcript, contributions: [...transcript.contributions, entry] };
}

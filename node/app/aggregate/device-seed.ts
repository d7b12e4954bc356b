import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  type AggregatePlan,
  type Announced,
  announcementDigest,
  seedCommitment,
} from "../../../core/aggregate/statement.ts";
import { FIELD_MODULUS, isFieldElement } from "../../../core/crypto/field.ts";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { syncFolder } from "../whole-file.ts";

export type DeviceSeedError =
  | { readonly code: "seed-exists"; readonly file: string }
  | { readonly code: "seed-unreadable"; readonly file: string }
  | { readonly code: "seed-exposed"; readonly file: string }
  | { readonly code: "epoch-used"; readonly epoch: number; readonly last: number }
  | { readonly code: "epoch-locked"; readonly file: string };

const FORMAT = "quorate.aggregate-seed.v1";
/** Beyond the field's 32, so that the remainder is uniform up to 2⁻¹²⁸. */
const RANDOM_BYTES = 48;
/** Of a file's mode: anybody but its owner. */
const OTHERS = 0o077;

/** A seed, and the one announcement that it is for: with other terms it must not be used. */
export interface DeviceSeed {
  readonly seed: bigint;
  /** Digest. */
  readonly announcement: Hex;
}

/**
 * Draws a seed for a plan and writes it to a file that its owner alone may read. Never overwrites.
 * @returns what has to be announced. @throws QuorateError<DeviceSeedError>
 */
export async function createSeed(file: string, plan: AggregatePlan): Promise<Announced> {
  const seed = BigInt(`0x${randomBytes(RANDOM_BYTES).toString("hex")}`) % FIELD_MODULUS;
  const announced = { terms: plan, commitment: seedCommitment(seed) };
  const announcement = announcementDigest(announced);
  const content = { format: FORMAT, seed: `0x${seed.toString(16).padStart(64, "0")}`, announcement };
  try {
    await writeFile(file, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx", flush: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw refused(
      { code: "seed-exists", file },
      `${file} exists already: seeds are never overwritten; name another`,
      cause,
    );
  }
  return announced;
}

/** @throws QuorateError<DeviceSeedError> whose text never holds the seed. */
export async function readSeed(file: string): Promise<DeviceSeed> {
  const seed = parseSeed(await readFile(file, "utf8").catch(() => ""));
  if (seed === undefined) {
    throw refused(
      { code: "seed-unreadable", file },
      `${file} is no seed that \`quorate aggregate commit\` wrote: name its file`,
    );
  }
  if (process.platform !== "win32" && ((await stat(file)).mode & OTHERS) !== 0) {
    throw refused(
      { code: "seed-exposed", file },
      `others may read ${file}: if somebody did, your samples are no secret; else chmod 600 it`,
    );
  }
  return seed;
}

const SEED_FILE =
  /^\{"format":"quorate\.aggregate-seed\.v1","seed":"(0x[0-9a-f]{64})","announcement":"(0x[0-9a-f]{64})"\}\s*$/;

function parseSeed(text: string): DeviceSeed | undefined {
  const [, digits, announcement] = SEED_FILE.exec(text) ?? [];
  if (digits === undefined || announcement === undefined) return undefined;
  const seed = BigInt(digits);
  return isFieldElement(seed) ? { seed, announcement: announcement as Hex } : undefined;
}

/**
 * Takes an epoch for good, before anything is published of it: two aggregates of one epoch have the same noise, and their
 * difference is a difference of samples. A seed has one plan, so all its epochs are of one length. The last epoch is kept beside the seed, in `<file>.epoch`; earlier ones cannot be
 * taken any more. On the disk when this resolves.
 * @throws QuorateError<DeviceSeedError> `epoch-used`, or `epoch-locked` while another process takes one.
 */
export async function takeEpoch(seedFile: string, epoch: number): Promise<void> {
  const [record, lock] = [`${seedFile}.epoch`, `${seedFile}.epoch.new`];
  const handle = await open(lock, "wx", 0o600).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw refused(
      { code: "epoch-locked", file: lock },
      `another process is proving; if none is, delete ${lock}`,
      cause,
    );
  });
  try {
    requireLater(epoch, await lastEpoch(record));
    await handle.writeFile(`${epoch}\n`);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(lock, { force: true });
    throw error;
  }
  await handle.close();
  await rename(lock, record);
  await syncFolder(path.dirname(record));
}

function requireLater(epoch: number, last: number): void {
  if (epoch > last) return;
  const message = `epoch ${last} was published already, and ${epoch} is not after it: wait for the next`;
  throw refused({ code: "epoch-used", epoch, last }, message);
}

/** −1 where there was none. What cannot be read is no reason to use an epoch twice. */
async function lastEpoch(record: string): Promise<number> {
  try {
    const text = await readFile(record, "utf8");
    if (/^\d{1,15}\n$/.test(text)) return Number(text);
    throw refused({ code: "seed-unreadable", file: record }, `${record} holds no epoch: write the last one into it`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return -1;
    throw error;
  }
}

function refused(data: DeviceSeedError, message: string, cause?: unknown): QuorateError<DeviceSeedError> {
  return new QuorateError(data, message, { cause });
}

import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { digestsOf, FILE_NAMES, readArtifactRecords, writeArtifactRecord } from "./artifacts.ts";
import type { ArtifactRecord, FileName } from "./artifacts.ts";
import type { BuildSummary } from "./build-circuit.ts";
import { withBuildLock } from "./build-lock.ts";
import type { CircuitBuildErrorData } from "./errors.ts";

export interface CircuitCacheOptions {
  /** Folder of all builds; each has a folder of its own there. */
  readonly folder: string;
  /** File of the records that every build must match. */
  readonly recordsFile: string;
}

export interface CachedBuild {
  readonly folder: string;
  readonly record: ArtifactRecord;
  /** Absent where nothing had to be built. */
  readonly built?: BuildSummary;
}

export interface CacheRequest {
  readonly name: string;
  /** Digest of everything that the build depends on. */
  readonly key: string;
  /** Writes a build's files into an existing empty folder. */
  readonly build: (folder: string) => Promise<BuildSummary>;
  /** Build even if the cache is good. */
  readonly force?: boolean | undefined;
  /** Make the outcome the record. */
  readonly update?: boolean | undefined;
}

/** What a build's folder says of itself. */
interface Manifest {
  readonly key: string;
  readonly summary: BuildSummary;
}

const MANIFEST = "manifest.json";

/**
 * A build from the folder if its key and all digests agree with the record, else a new one. A build appears whole or not
 * at all, and one process builds while others wait. A file that was altered is never used: it is built again, and if
 * even the new one disagrees with the record, refused with `circuit-artifacts-mismatch`.
 */
export async function cachedBuild(options: CircuitCacheOptions, request: CacheRequest): Promise<CachedBuild> {
  await mkdir(options.folder, { recursive: true });
  const load = () => (request.force === true || request.update === true ? undefined : loadGood(options, request));
  const lock = path.join(options.folder, `${request.name}.lock`);
  return (await load()) ?? withBuildLock(request.name, lock, async () => (await load()) ?? buildNew(options, request));
}

async function loadGood(options: CircuitCacheOptions, { name, key }: CacheRequest): Promise<CachedBuild | undefined> {
  const folder = path.join(options.folder, name);
  const record = (await readArtifactRecords(options.recordsFile))[name];
  if (record === undefined || (await readManifest(folder))?.key !== key) return undefined;
  return (await filesThatDiffer(folder, record)).length === 0 ? { folder, record } : undefined;
}

async function buildNew(options: CircuitCacheOptions, request: CacheRequest): Promise<CachedBuild> {
  const { name, key } = request;
  const folder = path.join(options.folder, name);
  const temporary = path.join(options.folder, `.${name}.${process.pid}`);
  await removeLeftovers(options.folder, name);
  await mkdir(temporary);
  try {
    const summary = await request.build(temporary);
    if (request.update === true) {
      await writeArtifactRecord(options.recordsFile, name, await recordOf(temporary, summary));
    }
    const record = await checkedRecord(options, { name, folder: temporary });
    const manifest: Manifest = { key, summary };
    await writeFile(path.join(temporary, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return { folder, record, built: summary };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Folders of builds that died. The lock is ours, so none is in use. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  const stale = (await readdir(folder)).filter((entry) => entry.startsWith(`.${name}.`));
  await Promise.all(stale.map((entry) => rm(path.join(folder, entry), { recursive: true, force: true })));
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(path.join(folder, MANIFEST), "utf8")) as Manifest;
  } catch {
    return undefined; // absent or damaged: build again
  }
}

async function recordOf(folder: string, summary: BuildSummary): Promise<ArtifactRecord> {
  const { constraints, wires, verificationKeyDigest } = summary;
  const sha256 = (await digestsOf(folder)) as ArtifactRecord["sha256"];
  return { constraints, wires, verificationKeyDigest, sha256 };
}

async function checkedRecord(
  { recordsFile }: CircuitCacheOptions,
  { name, folder }: { readonly name: string; readonly folder: string },
): Promise<ArtifactRecord> {
  const record = (await readArtifactRecords(recordsFile))[name];
  const files = record === undefined ? FILE_NAMES : await filesThatDiffer(folder, record);
  if (record !== undefined && files.length === 0) return record;
  throw new QuorateError<CircuitBuildErrorData>(
    { code: "circuit-artifacts-mismatch", instance: name, files },
    `${name} does not come out as circuits/artifacts.json records it (${files.join(", ")}): ` +
      "restore the circuit's sources and packages, or, if you changed them, run `node scripts/circuits/main.ts build --update`",
  );
}

async function filesThatDiffer(folder: string, { sha256 }: ArtifactRecord): Promise<readonly FileName[]> {
  const found = await digestsOf(folder);
  return FILE_NAMES.filter((name) => found[name] !== sha256[name]);
}

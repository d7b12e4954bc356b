import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { StorageSnapshot } from "../../../core/ports/module-storage.ts";
import type { Sandbox } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { FeedOutcome } from "../../observe/observe-feed.ts";
import { moduleDigest } from "../../sandbox/admission/module-digest.ts";
import { FUEL_RULES } from "../fetchers.ts";
import { type ObservationRecord, readingOf, readRecord } from "../recording/observation-record.ts";
import { observeOnce, type ObserveOnceDeps } from "../recording/observe-once.ts";
import { readModuleFile } from "./module-file.ts";
import { withSandbox } from "./with-sandbox.ts";

export interface ReplayError {
  readonly code: "module-not-found";
  readonly module: Hex;
}

export interface ReplayOptions {
  readonly records: readonly string[];
  /** Where the module is; without it, it is looked for by its digest. */
  readonly module?: string;
}

export interface ReplayedRecord {
  readonly file: string;
  readonly feed: string;
  readonly decimals: number;
  readonly recorded: FeedOutcome;
  readonly seen: FeedOutcome;
  /** What is not as recorded, a line each. */
  readonly differences: readonly string[];
  readonly notes: readonly string[];
}

const BUNDLED = fileURLToPath(new URL("../../../fetchers", import.meta.url));

/** Makes recorded observations again, from what was recorded alone, and compares value, fuel and the digest of the inputs. */
export async function replayRecords({ records, module }: ReplayOptions, deps: { log: Log }): Promise<ReplayedRecord[]> {
  const read = await Promise.all(records.map(async (file) => ({ file, record: await readRecord(file) })));
  return withSandbox(deps, async ({ sandbox }) => {
    const replayed: ReplayedRecord[] = [];
    for (const { file, record } of read) {
      await sandbox.admit(await findModule(record.module, { file, named: module }), record.terms);
      replayed.push(await replayRecord(file, record, { sandbox }));
    }
    return replayed;
  });
}

async function replayRecord(
  file: string,
  record: ObservationRecord,
  { sandbox }: { sandbox: Pick<Sandbox, "call"> },
): Promise<ReplayedRecord> {
  const differences: string[] = [];
  const { outcome: seen } = await observeOnce(record, {
    sources: recordedSources(record, differences),
    sandbox: recordedStorage(sandbox, record),
  });
  const { feed, decimals, outcome: recorded, rules } = record;
  const notes: string[] = [];
  if (rules !== FUEL_RULES)
    notes.push(`recorded under fuel rules ${rules}, this release has ${FUEL_RULES}: fuel is not compared`);
  else if (recorded.fuel !== seen.fuel) differences.push(`fuel: recorded ${recorded.fuel}, seen ${seen.fuel}`);
  if (recorded.inputs !== seen.inputs) differences.push(`inputs: recorded ${recorded.inputs}, seen ${seen.inputs}`);
  if (outcomeText(recorded) !== outcomeText(seen))
    differences.push(`value: recorded ${outcomeText(recorded)}, seen ${outcomeText(seen)}`);
  return { file, feed, decimals, recorded, seen, differences, notes };
}

/** Answers requests in their order, as recorded. */
function recordedSources({ readings, time }: ObservationRecord, differences: string[]): ObserveOnceDeps["sources"] {
  let next = 0;
  return {
    read(source, at) {
      const recorded = readings[next++];
      if (recorded?.source === source && recorded.path === at) return Promise.resolve(readingOf(recorded, time * 1000));
      const instead = recorded === undefined ? "nothing more" : `${recorded.source} ${recorded.path}`;
      differences.push(`request ${next - 1}: recorded ${instead}, seen ${source} ${at}`);
      return Promise.resolve({ kind: "failed", code: "unreachable", message: "not recorded" });
    },
  };
}

/** Each phase finds what it found then. A key that was read and is not there needs no entry. */
function recordedStorage(sandbox: Pick<Sandbox, "call">, { reads, terms }: ObservationRecord): Pick<Sandbox, "call"> {
  if (!terms.host.includes("storage")) return sandbox;
  const snapshots = { requests: snapshotOf(reads.requests), observe: snapshotOf(reads.observe) };
  return { call: (call) => sandbox.call({ ...call, storage: snapshots[call.phase] }) };
}

function snapshotOf(reads: ObservationRecord["reads"]["observe"]): StorageSnapshot {
  return reads.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const]));
}

interface Whereabouts {
  /** The record. */
  readonly file: string;
  readonly named: string | undefined;
}

/** The named file, or the module of that digest beside the record, in a `build` beside it or here, or among the bundled fetchers. */
async function findModule(digest: Hex, { file: record, named }: Whereabouts): Promise<Uint8Array> {
  const isIt = (bytes: Uint8Array) => moduleDigest(bytes) === digest;
  if (named !== undefined) {
    const bytes = await readModuleFile(named);
    if (isIt(bytes)) return bytes;
    throw notFound(digest, `${named} is not the module with`);
  }
  const bundled = (await readdir(BUNDLED)).map((name) => path.join(BUNDLED, name, "build"));
  const beside = path.dirname(record);
  for (const folder of [beside, path.join(beside, "build"), "build", ...bundled])
    for (const file of await modulesIn(folder)) {
      const bytes = await readFile(file).catch(() => undefined);
      if (bytes !== undefined && isIt(bytes)) return bytes;
    }
  throw notFound(digest, "no module beside the record, in its ./build or yours, or among the bundled fetchers has");
}

function notFound(module: Hex, who: string): QuorateError<ReplayError> {
  const message = `${who} the digest ${module} of the record: name the file with --module`;
  return new QuorateError<ReplayError>({ code: "module-not-found", module }, message);
}

async function modulesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => name.endsWith(".wasm")).map((name) => path.join(folder, name));
}

function outcomeText(outcome: FeedOutcome): string {
  return outcome.kind === "value" ? String(outcome.value) : `none (${outcome.code}: ${outcome.message})`;
}

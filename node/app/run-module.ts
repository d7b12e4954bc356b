import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { GuestEffects, Phase, Sandbox } from "../../core/ports/sandbox.ts";
import type { Reading } from "../../core/ports/source.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { FeedDeclaration, Manifest } from "../config/manifest.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { openModuleStorage } from "../module-storage/module-storage.ts";
import type { FeedOutcome } from "../observe/observe-feed.ts";
import { givenStorage, memoryStorage } from "./authoring/given-storage.ts";
import type { ObservedOnce } from "./recording/capture.ts";
import { observeOnce } from "./recording/observe-once.ts";
import { recordOf, writeRecord } from "./recording/observation-record.ts";
import { withSandbox } from "./authoring/with-sandbox.ts";
import { type FetcherDeps, type FetcherOptions, loadFetcher } from "./fetchers.ts";

export interface RunModuleError {
  readonly code: "feed-unknown";
  readonly feed: string;
  readonly known: readonly string[];
}

export interface RunModuleOptions {
  readonly manifestFile: string;
  /** Name of one of the manifest's feeds. */
  readonly feed: string;
  readonly sources: NodeConfig["sources"];
  /** As for `loadFetcher`. */
  readonly trust: FetcherOptions["trust"];
  /** Unix seconds of the round. Default: now. */
  readonly time?: number;
  /** Write there what is needed to make this observation again. */
  readonly recordFile?: string;
  /** A folder that keeps the modules' storage. Without it a module finds its storage empty. */
  readonly storageFolder?: string;
}

export interface ReadingSummary {
  readonly source: string;
  readonly path: string;
  /** HTTP-like status, or the code of the failure. */
  readonly outcome: string;
  readonly bytes: number;
  readonly unit: string;
}

export interface ModuleRun {
  readonly module: Hex;
  readonly feed: string;
  readonly decimals: number;
  readonly readings: readonly ReadingSummary[];
  readonly outcome: FeedOutcome;
  /** What the phases did besides answering. */
  readonly effects: Partial<Readonly<Record<Phase, GuestEffects>>>;
}

/** Runs one feed of a fetcher once, in the same sandbox and over the same sources as a node would. */
export async function runModule(options: RunModuleOptions, { log }: { log: Log }): Promise<ModuleRun> {
  return withSandbox({ log }, async (deps) => {
    const fetcher = await loadFetcher(options, deps);
    const { name: feed, decimals, params } = declaredFeed(fetcher.manifest, options.feed);
    const { time = Math.floor(deps.clock.timeOfDay() / 1000), recordFile } = options;
    const run = { feed, decimals, params, module: fetcher.module, time };
    const seen = await withStorage({ ...options, manifest: fetcher.manifest, log }, deps, (sandbox) =>
      observeOnce(run, { sandbox, sources: fetcher.sources }),
    );
    if (recordFile !== undefined) await writeRecord(recordFile, recordOf(run, fetcher.terms, seen));
    const readings = seen.readings.map(({ source, path, reading }) => summaryOf(source, path, reading));
    return { module: fetcher.module, feed, decimals, readings, outcome: seen.outcome, effects: effectsOf(seen) };
  });
}

function declaredFeed(manifest: Manifest, feed: string): FeedDeclaration {
  const declared = manifest.feeds.find(({ name }) => name === feed);
  if (declared !== undefined) return declared;
  const known = manifest.feeds.map(({ name }) => name);
  throw new QuorateError<RunModuleError>(
    { code: "feed-unknown", feed, known },
    `${manifest.name} serves no feed ${feed}: choose one of ${known.join(", ")}`,
  );
}

interface StorageOptions extends Pick<RunModuleOptions, "storageFolder"> {
  readonly manifest: Manifest;
  readonly log: Log;
}

/** A module that asks for storage gets the folder's, or an empty one. */
async function withStorage<T>(
  { manifest, storageFolder: folder, log }: StorageOptions,
  { sandbox, meter }: FetcherDeps,
  work: (sandbox: Pick<Sandbox, "call">) => Promise<T>,
): Promise<T> {
  if (!manifest.host.includes("storage")) return work(sandbox);
  if (folder === undefined) return work(givenStorage(sandbox, memoryStorage([])));
  const storage = await openModuleStorage({ folder }, { log, meter });
  try {
    return await work(givenStorage(sandbox, storage));
  } finally {
    await storage.close();
  }
}

function effectsOf({ phases }: ObservedOnce): ModuleRun["effects"] {
  const { requests, observe } = phases;
  return {
    ...(requests?.effects !== undefined && { requests: requests.effects }),
    ...(observe?.effects !== undefined && { observe: observe.effects }),
  };
}

function summaryOf(source: string, path: string, reading: Reading): ReadingSummary {
  if (reading.kind === "failed") return { source, path, outcome: reading.code, bytes: 0, unit: "" };
  return { source, path, outcome: String(reading.status), bytes: reading.point.value.length, unit: reading.point.unit };
}

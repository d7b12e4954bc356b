import { encodeBytes32String } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Reading } from "../../core/ports/source.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { type FeedOutcome, observeFeed } from "../observe/observe-feed.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { createPrometheusMeter } from "../telemetry/prometheus-meter.ts";
import { loadFetcher } from "./fetchers.ts";
import { systemClock } from "./system-clock.ts";

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
}

const MODULE_RUN_TIMEOUT_MS = 30_000;

/** Runs one feed of a fetcher once, in the same sandbox and over the same sources as a node would. */
export async function runModule(
  { manifestFile, feed, sources }: RunModuleOptions,
  { log }: { log: Log },
): Promise<ModuleRun> {
  const meter = createPrometheusMeter();
  const sandbox = await createSandbox({ workers: 1 }, { log, meter });
  try {
    const {
      manifest,
      module,
      sources: sourceSet,
    } = await loadFetcher(manifestFile, sources, { sandbox, clock: systemClock, meter });
    const declared = manifest.feeds.find(({ name }) => name === feed);
    if (declared === undefined) {
      const known = manifest.feeds.map(({ name }) => name);
      throw new QuorateError<RunModuleError>(
        { code: "feed-unknown", feed, known },
        `${manifest.name} serves no feed ${feed}: choose one of ${known.join(", ")}`,
      );
    }
    const readings: ReadingSummary[] = [];
    const recording: typeof sourceSet = {
      async read(source, path, options) {
        const reading = await sourceSet.read(source, path, options);
        readings.push(summaryOf(source, path, reading));
        return reading;
      },
    };
    const id = encodeBytes32String(feed) as Hex;
    const binding = {
      lane: 0,
      feed: id,
      name: feed,
      decimals: declared.decimals,
      params: declared.params,
      module,
      sources: recording,
    };
    const run = {
      time: Math.floor(systemClock.timeOfDay() / 1000),
      traceId: "1".repeat(32),
      member: 0,
      signal: AbortSignal.timeout(MODULE_RUN_TIMEOUT_MS),
    };
    const outcome = await observeFeed(binding, run, { sandbox });
    return { module, feed, decimals: declared.decimals, readings, outcome };
  } finally {
    await sandbox.stop();
  }
}

function summaryOf(source: string, path: string, reading: Reading): ReadingSummary {
  if (reading.kind === "failed") return { source, path, outcome: reading.code, bytes: 0, unit: "" };
  return { source, path, outcome: String(reading.status), bytes: reading.point.value.length, unit: reading.point.unit };
}

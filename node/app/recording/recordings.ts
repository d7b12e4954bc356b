import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Log } from "../../../core/ports/log.ts";
import type { Meter } from "../../../core/ports/meter.ts";
import type { ModuleTerms } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { type FeedBinding, type FeedRun, observeFeed } from "../../observe/observe-feed.ts";
import { capture, type ObservedOnce } from "./capture.ts";
import { recordOf, recordText } from "./observation-record.ts";

export interface RecordingsOptions {
  readonly directory: string;
  /** Records that are kept, one per feed and round; the oldest go. */
  readonly keep: number;
}

export interface RecordingsDeps {
  readonly log: Log;
  readonly meter: Meter;
  /** What the manifests say, by the digest of the module. */
  readonly terms: ReadonlyMap<Hex, ModuleTerms>;
}

export interface Recordings {
  /** As `observeFeed`, and afterwards writes down what `quorate module replay` needs. The round does not wait for that. */
  readonly observe: typeof observeFeed;
  /** Resolves when what was begun is written. */
  readonly stop: () => Promise<void>;
}

/** Written at the same time: two rounds of 8 feeds. A disk that is slower loses records, never a round. */
const MAX_WRITING = 16;
/** A record holds the answers of its sources: 32 of 256 KiB would be 11 MB. */
const MAX_RECORD_BYTES = 2 * 1024 * 1024;
/** Files of ours, so that nothing else in the folder is ever removed. They sort by time. */
const RECORD_FILE = /^\d{10}-\d{2}-[\w.-]+\.json$/;

/** Keeps the newest observations of a node as files, each of which can be made again elsewhere. */
export async function openRecordings(
  { directory, keep }: RecordingsOptions,
  { log, meter, terms }: RecordingsDeps,
): Promise<Recordings> {
  await mkdir(directory, { recursive: true });
  const files = (await readdir(directory)).filter((name) => RECORD_FILE.test(name)).sort();
  const dropped = meter.counter({
    name: "observation_records_dropped_total",
    help: "Observations that were not recorded: too many at once, too large, or the disk failed.",
  });
  const writing = new Set<Promise<void>>();
  const write = async (name: string, text: string): Promise<void> => {
    try {
      await writeFile(path.join(directory, name), text);
      files.push(name);
      for (const old of files.splice(0, Math.max(0, files.length - keep)))
        await rm(path.join(directory, old), { force: true });
    } catch (error) {
      dropped.add(1);
      log.warn(
        { error, directory },
        "an observation was not recorded: make room, or take `recordings` out of the configuration",
      );
    }
  };
  const begin = (name: string, text: string): void => {
    if (writing.size >= MAX_WRITING || text.length > MAX_RECORD_BYTES) {
      dropped.add(1);
      return;
    }
    const written = write(name, text).finally(() => writing.delete(written));
    writing.add(written);
  };
  return {
    async observe(binding, run, deps) {
      const { sandbox, sources, seen } = capture({ ...deps, sources: binding.sources });
      const outcome = await observeFeed({ ...binding, sources }, run, { sandbox });
      const moduleTerms = terms.get(binding.module);
      if (moduleTerms !== undefined && !run.signal.aborted)
        begin(fileName(binding, run), text(binding, run, { moduleTerms, seen: seen(outcome) }));
      return outcome;
    },
    stop: async () => {
      await Promise.all(writing);
    },
  };
}

function fileName({ lane, name }: FeedBinding, { time }: FeedRun): string {
  const [seconds, place] = [String(time).padStart(10, "0"), String(lane).padStart(2, "0")];
  return `${seconds}-${place}-${name.replaceAll(/[^\w.-]/g, "_")}.json`;
}

function text(
  { name: feed, decimals, params, module }: FeedBinding,
  { time }: FeedRun,
  { moduleTerms, seen }: { moduleTerms: ModuleTerms; seen: ObservedOnce },
): string {
  return recordText(recordOf({ feed, decimals, params, module, time }, moduleTerms, seen));
}

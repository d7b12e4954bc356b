import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Failure, playSeed } from "./play.ts";
import type { Overrides } from "./schedule.ts";
import { Counter, type Tally } from "./tally.ts";

export interface RunOptions {
  readonly from: number;
  readonly count: number;
  readonly overrides?: Overrides;
  /** Threads; 0 plays everything in this one. */
  readonly workers: number;
  readonly onProgress?: (done: number) => void;
}

export interface RunReport {
  readonly schedules: number;
  readonly tally: Tally;
  readonly failures: readonly Failure[];
}

/** Seeds that a thread plays between two reports. */
export interface Batch {
  readonly seeds: readonly number[];
  readonly overrides: Overrides;
}

export interface BatchReport {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
}

const BATCH = 25;

/** Plays the schedules of many seeds. Failures do not end the run: one cause often shows in several. */
export async function runSeeds(options: RunOptions): Promise<RunReport> {
  const { from, count, overrides = {}, workers, onProgress } = options;
  const counter = new Counter();
  const failures: Failure[] = [];
  let done = 0;
  const batches = batchesOf(from, count, overrides);
  const take = (batch: Batch, report: BatchReport) => {
    counter.addAll(report.tally);
    failures.push(...report.failures);
    done += batch.seeds.length;
    onProgress?.(done);
  };
  if (workers === 0) for (const batch of batches) take(batch, playBatch(batch));
  else await Promise.all(Array.from({ length: workers }, () => work(batches, take)));
  return { schedules: done, tally: counter.tally(), failures: failures.toSorted((a, b) => a.seed - b.seed) };
}

export function playBatch({ seeds, overrides }: Batch): BatchReport {
  const counter = new Counter();
  const failures: Failure[] = [];
  for (const seed of seeds) {
    const { tally, failure } = playSeed(seed, overrides);
    counter.addAll(tally);
    if (failure !== undefined) failures.push(failure);
  }
  return { tally: counter.tally(), failures };
}

function* batchesOf(from: number, count: number, overrides: Overrides): Generator<Batch> {
  for (let start = from; start < from + count; start += BATCH) {
    const length = Math.min(BATCH, from + count - start);
    yield { seeds: Array.from({ length }, (_, i) => start + i), overrides };
  }
}

/** One thread, that takes batches until there are none. */
async function work(batches: Iterator<Batch>, take: (batch: Batch, report: BatchReport) => void): Promise<void> {
  const worker = new Worker(new URL("worker.ts", import.meta.url));
  try {
    for (let next = batches.next(); next.done !== true; next = batches.next()) {
      const batch = next.value;
      worker.postMessage(batch);
      // Rejects on the worker's "error".
      const [report] = (await once(worker, "message")) as [BatchReport];
      take(batch, report);
    }
  } finally {
    await worker.terminate();
  }
}

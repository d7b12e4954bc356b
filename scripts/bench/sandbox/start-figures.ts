import type { Worker } from "node:worker_threads";
import type { Log } from "../../../core/ports/log.ts";
import type { Meter } from "../../../core/ports/meter.ts";
import type { GuestResult, Sandbox } from "../../../core/ports/sandbox.ts";
import type { WorkerOptions } from "../../../node/sandbox/process/messages.ts";
import { prepareWorkers } from "../../../node/sandbox/process/worker-start.ts";
import { createSandbox } from "../../../node/sandbox/sandbox.ts";
import type { Measurement } from "../result.ts";
import { summarise, tail } from "../statistics.ts";
import type { FetcherGuest } from "./fetcher-guests.ts";
import { FETCHER_GUEST, TERMS, unseen } from "./guests.ts";
import { SMALL } from "./inputs.ts";

export interface StartOptions {
  readonly runs: number;
  readonly log: Log;
  readonly meter: Meter;
  /** A real one. */
  readonly guest: FetcherGuest;
}

const OPTIONS: WorkerOptions = { poolSize: 4, coldStageLimitMs: 80 };

/** What a node waits for when it starts, and when a worker or the process has to be replaced. */
export async function startFigures({ runs, log, meter, guest }: StartOptions): Promise<Measurement[]> {
  const processes: number[] = [];
  const workers: number[] = [];
  const firsts: number[] = [];
  // As the sandbox process does once in its life.
  const spawn = prepareWorkers(OPTIONS);
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const sandbox = await createSandbox({}, { log, meter });
    const ready = performance.now();
    processes.push(ready - start);
    const result = await firstCall(sandbox, guest);
    firsts.push(performance.now() - ready);
    if (result.kind === "failed") throw new TypeError(`${guest.name} failed: ${result.message}`);
    await sandbox.stop();
    workers.push(await coldWorker(spawn));
  }
  return [
    summarise({
      ...{ name: "sandbox.process.cold", unit: "ms", samples: processes },
      about: "createSandbox until its process and both worker threads are ready",
    }),
    summarise({
      ...{ name: "sandbox.worker.cold", unit: "ms", samples: workers },
      about: "one worker thread from its creation until it takes work",
    }),
    summarise({
      ...{ name: `sandbox.module.first.${guest.name}`, unit: "ms", samples: firsts },
      about: `the first module of a new process, ${guest.module.length} bytes: admitted and called once, nothing is hot`,
    }),
  ];
}

async function firstCall(sandbox: Sandbox, { name, module, call }: FetcherGuest): Promise<GuestResult> {
  await sandbox.admit(module, { ...TERMS, name });
  return sandbox.call(call);
}

async function coldWorker(spawn: () => Worker): Promise<number> {
  const start = performance.now();
  const worker = spawn();
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
  });
  const elapsed = performance.now() - start;
  await worker.terminate();
  return elapsed;
}

/** A module that the process never saw: admission, compilation, distribution to the workers, and its first call. */
export async function coldModuleFigures(sandbox: Sandbox, runs: number): Promise<Measurement[]> {
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    const bytes = unseen(FETCHER_GUEST, run);
    const start = performance.now();
    const module = await sandbox.admit(bytes, { ...TERMS, name: `unseen-${run}` });
    await sandbox.call({ module, phase: "observe", input: SMALL, feed: "BTC/USD", time: 1_800_000_000 });
    samples.push(performance.now() - start);
  }
  const about = "admit a module never seen, in a warm process, and call it once";
  const figure = { unit: "ms", digits: 2, samples, about };
  return [
    summarise({ ...figure, name: "sandbox.module.cold" }),
    tail({ ...figure, name: "sandbox.module.cold.p99" }, 0.99),
  ];
}

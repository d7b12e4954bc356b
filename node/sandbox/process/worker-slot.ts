import type { Worker } from "node:worker_threads";
import type { Hex } from "../../../core/types/hex.ts";
import { printable } from "../admission/refusal.ts";
import type { StageReport, StageTime } from "./cold-stage.ts";
import type { Job, JobAnswer, LoadProgram, WorkerMessage, WorkerReply } from "./messages.ts";
import { StageWatch } from "./stage-watch.ts";

/** What became of a job: the worker's answer, or why there is none; and the stages of a cold start in it. */
export interface SlotReply {
  readonly answer: JobAnswer | { readonly kind: "timeout" } | { readonly kind: "lost"; readonly reason: string };
  readonly stages: readonly StageReport[];
}

/** What a terminated worker gets to end. Metered code ends within milliseconds; one that does not is beyond repair. */
export const TERMINATE_GRACE_MS = 2_000;

/**
 * What a worker gets to begin a job: that is not the job's time, for the worker may be making an instance of another module
 * (some 20 ms, more on a busy machine) or, when it is new, loading all modules. Far above that, and below what a process may be silent.
 */
export const BEGIN_DEADLINE_MS = 5_000;

export type WorkerThread = Pick<Worker, "on" | "postMessage" | "terminate" | "startCpuProfile">;

export interface WorkerSlotOptions {
  readonly coldStageLimitMs: number;
}

export interface WorkerSlotDeps {
  readonly spawn: () => WorkerThread;
  /** Everything that a new worker has to know. */
  readonly loads: () => Iterable<LoadProgram>;
  /** Called whenever the slot can take a job. */
  readonly onFree: () => void;
  /** Called when the number of instances that the worker holds ready has changed. */
  readonly onPool: (digest: Hex) => void;
  /** The last of the three limits: a worker that cannot be ended takes the process with it. */
  readonly die: (culprit: Hex | undefined) => void;
}

interface Running {
  readonly module: Hex;
  readonly watch: StageWatch;
  readonly timeoutMs: number;
  /** To begin, then to end. */
  deadline: NodeJS.Timeout;
  began: boolean;
  readonly resolve: (reply: SlotReply) => void;
}

/** A place for one worker thread. When the worker is lost or ended, another takes its place. */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #deps: WorkerSlotDeps;
  readonly #pools = new Map<Hex, number>();
  #worker: WorkerThread;
  #running: Running | undefined;
  #ready = false;

  constructor(options: WorkerSlotOptions, deps: WorkerSlotDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#worker = this.#spawn();
  }

  get free(): boolean {
    return this.#ready && this.#running === undefined;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Instances of a module that the worker holds ready. */
  poolSize(digest: Hex): number {
    return this.#pools.get(digest) ?? 0;
  }

  /** Runs one job; never rejects. The slot must be free. @param timeoutMs wall clock, from when the worker begins. */
  run(job: Job, timeoutMs: number): Promise<SlotReply> {
    return new Promise((resolve) => {
      const reason = `it did not begin within ${BEGIN_DEADLINE_MS} ms`;
      const deadline = setTimeout(() => this.#replace({ kind: "lost", reason }), BEGIN_DEADLINE_MS);
      const watch = new StageWatch(this.#options.coldStageLimitMs);
      this.#running = { module: moduleOf(job), watch, timeoutMs, deadline, began: false, resolve };
      // The bytes are this process's own copy: they move to the worker instead of being copied once more.
      this.#post(job, [job.kind === "call" ? job.run.input.buffer : job.bytes.buffer]);
    });
  }

  load(message: LoadProgram): void {
    this.#post(message);
  }

  #post(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #spawn(): WorkerThread {
    const worker = this.#deps.spawn();
    this.#ready = false;
    worker.on("message", (reply: WorkerReply) => {
      if (worker === this.#worker) this.#onReply(reply);
    });
    worker.on("error", (error) => this.#lose(worker, printable(String(error))));
    worker.on("exit", (code) => this.#lose(worker, `it ended with code ${code}`));
    for (const load of this.#deps.loads()) worker.postMessage(load);
    return worker;
  }

  #onReply(reply: WorkerReply): void {
    switch (reply.kind) {
      case "ready":
        this.#ready = true;
        this.#deps.onFree();
        return;
      case "began":
        this.#begin();
        return;
      case "stage":
        this.#running?.watch.begin(reply, this.#worker);
        return;
      case "pool":
        this.#pools.set(reply.digest, reply.ready);
        this.#deps.onPool(reply.digest);
        return;
      case "reply":
        this.#settle(reply.answer, reply.stages);
    }
  }

  #begin(): void {
    const running = this.#running;
    if (running === undefined) return;
    clearTimeout(running.deadline);
    running.deadline = setTimeout(() => this.#replace({ kind: "timeout" }), running.timeoutMs);
    running.began = true;
  }

  #settle(answer: SlotReply["answer"], times: readonly StageTime[] | undefined): void {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    clearTimeout(running.deadline);
    if (!running.watch.used) running.resolve({ answer, stages: [] });
    else void running.watch.finish(times).then((stages) => running.resolve({ answer, stages }));
    if (this.#ready) this.#deps.onFree();
  }

  /** A worker that never came up would never come up: only the process around it can be started anew. */
  #lose(worker: WorkerThread, reason: string): void {
    if (worker !== this.#worker) return;
    if (!this.#ready) this.#deps.die(undefined);
    else this.#replace({ kind: "lost", reason });
  }

  #replace(answer: SlotReply["answer"]): void {
    const culprit = this.#running?.began === true ? this.#running.module : undefined;
    const grace = setTimeout(() => this.#deps.die(culprit), TERMINATE_GRACE_MS);
    void this.#worker.terminate().finally(() => clearTimeout(grace));
    const emptied = [...this.#pools.keys()];
    this.#pools.clear();
    this.#worker = this.#spawn();
    this.#settle(answer, undefined);
    for (const digest of emptied) this.#deps.onPool(digest);
  }
}

function moduleOf(job: Job): Hex {
  return job.kind === "call" ? job.run.module : job.digest;
}

import { Worker } from "node:worker_threads";
import type { Job, LoadModule, WorkerReply } from "./messages.ts";

/** What became of a job: the worker's answer, or why there is none. */
export type SlotReply = WorkerReply | { readonly kind: "timeout" } | { readonly kind: "lost" };

/** JavaScript heap of a worker, MiB. WebAssembly memory is not part of it: admission caps that. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
/** What a terminated worker gets to end. Metered code ends within milliseconds; one that does not is beyond repair. */
const TERMINATE_GRACE_MS = 2_000;

export interface WorkerSlotDeps {
  /** Everything that a new worker has to know. */
  readonly loads: () => Iterable<LoadModule>;
  /** Called whenever the slot can take a job. */
  readonly onFree: () => void;
  /** The last of the three limits: a worker that cannot be ended takes the process with it. */
  readonly die: () => void;
}

interface Running {
  readonly resolve: (reply: SlotReply) => void;
  readonly deadline: NodeJS.Timeout;
}

/** A place for one worker thread. When the worker is lost or ended, another takes its place. */
export class WorkerSlot {
  readonly #deps: WorkerSlotDeps;
  #worker: Worker;
  #running: Running | undefined;
  #ready = false;

  constructor(deps: WorkerSlotDeps) {
    this.#deps = deps;
    this.#worker = this.#spawn();
  }

  get free(): boolean {
    return this.#ready && this.#running === undefined;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Runs one job; never rejects. The slot must be free. @param timeoutMs wall clock. */
  run(job: Job, timeoutMs: number): Promise<SlotReply> {
    return new Promise((resolve) => {
      const deadline = setTimeout(() => this.#replace({ kind: "timeout" }), timeoutMs);
      this.#running = { resolve, deadline };
      this.#worker.postMessage(job, transferable(job));
    });
  }

  load(message: LoadModule): void {
    this.#worker.postMessage(message);
  }

  #spawn(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { env: {}, resourceLimits: RESOURCE_LIMITS });
    this.#ready = false;
    worker.on("message", (reply: WorkerReply) => {
      if (worker !== this.#worker) return;
      if (reply.kind === "ready") this.#becomeReady();
      else this.#settle(reply);
    });
    worker.on("error", () => this.#lose(worker));
    worker.on("exit", () => this.#lose(worker));
    for (const load of this.#deps.loads()) worker.postMessage(load);
    return worker;
  }

  #becomeReady(): void {
    this.#ready = true;
    this.#deps.onFree();
  }

  #settle(reply: SlotReply): void {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    clearTimeout(running.deadline);
    running.resolve(reply);
    if (this.#ready) this.#deps.onFree();
  }

  /** A worker that never came up would never come up: only the process around it can be started anew. */
  #lose(worker: Worker): void {
    if (worker !== this.#worker) return;
    if (!this.#ready) this.#deps.die();
    else this.#replace({ kind: "lost" });
  }

  #replace(reply: SlotReply): void {
    const old = this.#worker;
    const grace = setTimeout(() => this.#deps.die(), TERMINATE_GRACE_MS);
    void old.terminate().finally(() => clearTimeout(grace));
    this.#worker = this.#spawn();
    this.#settle(reply);
  }
}

/** A call's input is this process's own copy: it moves to the worker instead of being copied once more. */
function transferable(job: Job): ArrayBuffer[] {
  return job.kind === "call" ? [job.input.buffer] : [];
}

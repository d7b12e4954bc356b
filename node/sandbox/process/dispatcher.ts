import type { Hex } from "../../../core/types/hex.ts";
import type { ModuleLimits } from "../../../core/ports/sandbox.ts";
import type {
  CallDone,
  Job,
  LoadModule,
  ProcessMessage,
  ProcessOptions,
  ProcessReply,
  ProcessRequest,
  Refused,
} from "./messages.ts";
import { refusal } from "../admission/refusal.ts";
import { WorkerSlot, type SlotReply } from "./worker-slot.ts";

/** Decoding, metering and compiling 128 KiB takes 20–100 ms. */
const ADMISSION_TIMEOUT_MS = 5_000;

interface Queued {
  readonly job: Job;
  readonly timeoutMs: number;
  readonly resolve: (reply: SlotReply) => void;
}

interface Loaded {
  readonly load: LoadModule;
  readonly limits: ModuleLimits;
}

export interface DispatcherDeps {
  readonly reply: (reply: ProcessReply) => void;
  readonly die: () => void;
}

/** Spreads jobs over the workers, first come first served. The node process bounds how many it sends. */
export class Dispatcher {
  readonly #options: ProcessOptions;
  readonly #deps: DispatcherDeps;
  readonly #slots: WorkerSlot[];
  readonly #queue: Queued[] = [];
  readonly #modules = new Map<Hex, Loaded>();
  #announced = false;

  constructor(options: ProcessOptions, deps: DispatcherDeps) {
    this.#options = options;
    this.#deps = deps;
    const slotDeps = {
      loads: () => [...this.#modules.values()].map(({ load }) => load),
      onFree: () => this.#onFree(),
      die: deps.die,
    };
    this.#slots = Array.from({ length: options.workers }, () => new WorkerSlot(slotDeps));
  }

  async handle({ id, request }: ProcessMessage): Promise<void> {
    const answer = request.kind === "admit" ? await this.#admit(request) : await this.#call(request);
    this.#deps.reply({ kind: "answer", id, answer });
  }

  async #admit(request: Extract<ProcessRequest, { kind: "admit" }>): Promise<{ readonly kind: "admitted" } | Refused> {
    const { digest, bytes, limits, maxModuleBytes } = request;
    const options = { maxModuleBytes, memoryPages: limits.memoryPages };
    const reply = await this.#enqueue({ kind: "admit", bytes, options }, ADMISSION_TIMEOUT_MS);
    if (reply.kind === "refused") return reply;
    if (reply.kind !== "compiled") return unfinished(reply);
    const load: LoadModule = { kind: "load", digest, module: reply.module };
    this.#modules.set(digest, { load, limits });
    for (const slot of this.#slots) slot.load(load);
    return { kind: "admitted" };
  }

  async #call(request: Extract<ProcessRequest, { kind: "call" }>): Promise<CallDone> {
    const { digest, phase, input } = request;
    const limits = this.#modules.get(digest)?.limits;
    if (limits === undefined) return failed("unknown-module", "the module is not admitted");
    const { maxOutputBytes } = this.#options;
    // What arrives is a view of a buffer that may hold other messages.
    const own = new Uint8Array(input);
    const job = { kind: "call", digest, phase, input: own, fuel: limits.fuelPerPhase, maxOutputBytes } as const;
    const reply = await this.#enqueue(job, limits.timeoutMs);
    if (reply.kind === "done") return reply;
    if (reply.kind === "timeout") return failed("timeout", `${phase} took longer than ${limits.timeoutMs} ms`);
    return failed("host-fault", "the worker thread was lost");
  }

  #enqueue(job: Job, timeoutMs: number): Promise<SlotReply> {
    return new Promise((resolve) => {
      this.#queue.push({ job, timeoutMs, resolve });
      this.#drain();
    });
  }

  #onFree(): void {
    if (!this.#announced && this.#slots.every(({ ready }) => ready)) {
      this.#announced = true;
      this.#deps.reply({ kind: "ready" });
    }
    this.#drain();
  }

  #drain(): void {
    for (const slot of this.#slots) {
      if (!slot.free) continue;
      const next = this.#queue.shift();
      if (next === undefined) return;
      void slot.run(next.job, next.timeoutMs).then(next.resolve);
    }
  }
}

function unfinished(reply: SlotReply): Refused {
  const reason = reply.kind === "timeout" ? `took longer than ${ADMISSION_TIMEOUT_MS} ms` : "ended the worker";
  const { data, message } = refusal("admission-time", {}, `admitting the module ${reason}: make it smaller`);
  return { kind: "refused", data, message };
}

function failed(code: "unknown-module" | "timeout" | "host-fault", message: string): CallDone {
  return { kind: "done", result: { kind: "failed", code, message, fuel: 0n }, instantiateSeconds: undefined };
}

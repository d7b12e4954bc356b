import type { GuestCall, ModuleTerms, PreopenedFolder } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { refusal } from "../admission/refusal.ts";
import type {
  CallDone,
  Compiled,
  Faulted,
  Job,
  LoadProgram,
  ProcessMessage,
  ProcessOptions,
  ProcessReply,
  ProcessRequest,
  Refused,
} from "./messages.ts";
import { WorkerSlot, type SlotReply, type WorkerSlotDeps } from "./worker-slot.ts";

/** Decoding, metering and compiling 128 KiB takes 20–100 ms, 4 MiB a few seconds on a busy machine. */
const ADMISSION_TIMEOUT_MS = 10_000;

interface Queued {
  readonly job: Job;
  readonly timeoutMs: number;
  readonly resolve: (reply: SlotReply) => void;
}

interface Admitted {
  readonly load: LoadProgram;
  readonly terms: ModuleTerms;
}

type Answered = Pick<Extract<ProcessReply, { kind: "answer" }>, "answer" | "stages">;

export interface DispatcherDeps extends Pick<WorkerSlotDeps, "spawn" | "die"> {
  readonly reply: (reply: ProcessReply) => void;
}

/** Spreads jobs over the workers, first come first served. The node process bounds how many it sends. */
export class Dispatcher {
  readonly #options: ProcessOptions;
  readonly #deps: DispatcherDeps;
  readonly #slots: WorkerSlot[] = [];
  readonly #queue: Queued[] = [];
  readonly #modules = new Map<Hex, Admitted>();
  #announced = false;

  constructor(options: ProcessOptions, deps: DispatcherDeps) {
    this.#options = options;
    this.#deps = deps;
    const slotDeps: WorkerSlotDeps = {
      spawn: deps.spawn,
      die: deps.die,
      loads: () => [...this.#modules.values()].map(({ load }) => load),
      onFree: () => this.#onFree(),
      onPool: (digest) => this.#onPool(digest),
    };
    for (let left = options.workers; left > 0; left--) this.#slots.push(new WorkerSlot(options, slotDeps));
  }

  async handle({ id, request }: ProcessMessage): Promise<void> {
    const answered = request.kind === "admit" ? await this.#admit(request) : await this.#call(request.call);
    this.#deps.reply({ kind: "answer", id, ...answered });
  }

  async #admit({ digest, bytes, terms, again = false }: Extract<ProcessRequest, { kind: "admit" }>): Promise<Answered> {
    const { limits, host, floats, folders } = terms;
    const options = { limits, host, floats };
    const programTerms = { folders: folders.map(ownFolder), fileDescriptors: limits.fileDescriptors };
    const job: Job = { kind: "admit", digest, bytes: own(bytes), options, terms: programTerms, again };
    const { answer, stages } = await this.#enqueue(job, ADMISSION_TIMEOUT_MS);
    if (answer.kind !== "compiled") return { answer: unadmitted(answer), stages };
    const { program, idleBytes } = answer;
    const load: LoadProgram = { kind: "load", digest, program, terms: programTerms, idleBytes };
    this.#modules.set(digest, { load, terms });
    for (const slot of this.#slots) slot.load(load);
    return { answer: { kind: "admitted" }, stages };
  }

  async #call({ module, phase, input, feed, time, storage = [] }: GuestCall): Promise<Answered> {
    const limits = this.#modules.get(module)?.terms.limits;
    if (limits === undefined) return { answer: failed("unknown-module", "the module is not admitted"), stages: [] };
    const { maxOutputBytes } = this.#options;
    const round = { feed, time, storage: storage.map(([key, value]) => [key, own(value)] as const) };
    const run = { module, phase, input: own(input), ...round, fuel: limits.fuelPerPhase, maxOutputBytes };
    const { answer, stages } = await this.#enqueue({ kind: "call", run }, limits.timeoutMs);
    if (answer.kind === "done") return { answer, stages };
    if (answer.kind === "timeout") {
      return { answer: failed("timeout", `${phase} took longer than ${limits.timeoutMs} ms`), stages };
    }
    const reason = answer.kind === "lost" ? answer.reason : answer.kind;
    return { answer: failed("host-fault", `the worker thread was lost: ${reason}`), stages };
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

  #onPool(digest: Hex): void {
    const ready = this.#slots.reduce((sum, slot) => sum + slot.poolSize(digest), 0);
    this.#deps.reply({ kind: "pool", digest, ready });
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

/** What arrives is a view of a buffer that may hold other messages. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function ownFolder({ path, files }: PreopenedFolder): PreopenedFolder {
  return { path, files: files.map((file) => ({ path: file.path, bytes: own(file.bytes) })) };
}

function unadmitted(answer: Exclude<SlotReply["answer"], Compiled>): Refused | Faulted {
  switch (answer.kind) {
    case "refused":
    case "faulted":
      return answer;
    case "timeout": {
      const took = `admitting the module took longer than ${ADMISSION_TIMEOUT_MS} ms`;
      const { data, message } = refusal("admission-time", {}, `${took}: make it smaller`);
      return { kind: "refused", data, message };
    }
    case "lost":
    case "done":
      return {
        kind: "faulted",
        reason: `its worker was lost: ${answer.kind === "lost" ? answer.reason : answer.kind}`,
      };
  }
}

function failed(code: "unknown-module" | "timeout" | "host-fault", message: string): CallDone {
  return { kind: "done", result: { kind: "failed", code, message, fuel: 0n } };
}

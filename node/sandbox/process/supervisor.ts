import type { Log } from "../../../core/ports/log.ts";
import type { ProcessAnswer, ProcessMessage, ProcessOptions, ProcessReply, ProcessRequest } from "./messages.ts";
import { SandboxProcess } from "./sandbox-process.ts";

/** The process's answer, or why there will be none. */
export type Outcome = ProcessAnswer | { readonly kind: "lost"; readonly reason: string };

export interface SupervisorOptions extends ProcessOptions {
  /** With work outstanding and no news for so long, the process is taken for dead. Above any single job's time-out. */
  readonly stallMs: number;
}

export interface SupervisorDeps {
  readonly log: Log;
  /** What a new process is asked first, before anything else. */
  readonly revival: () => readonly ProcessRequest[];
  readonly onRestart: () => void;
}

/** A process that ends before it is ready is started again after 100 ms, 200 ms, … up to this. */
const MAX_BACKOFF_MS = 5_000;
const FIRST_BACKOFF_MS = 100;
const STOP_GRACE_MS = 2_000;

interface Pending {
  readonly message: ProcessMessage;
  readonly resolve: (outcome: Outcome) => void;
  sent: boolean;
}

/**
 * Keeps one sandbox process alive. When it ends, what it was working on is lost (a coded failure for the caller), what
 * was not yet sent waits for the next one.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #deps: SupervisorDeps;
  readonly #pending = new Map<number, Pending>();
  #process: SandboxProcess;
  #state: "starting" | "up" | "stopped" = "starting";
  #firstStart: { readonly resolve: () => void; readonly reject: (reason: Error) => void } | undefined;
  #stall: NodeJS.Timeout | undefined;
  #backoff: NodeJS.Timeout | undefined;
  #failedStarts = 0;
  #nextId = 0;

  constructor(options: SupervisorOptions, deps: SupervisorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#process = this.#spawn();
  }

  /** Resolves when the first process is ready; rejects if it ends before. */
  started(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#firstStart = { resolve, reject };
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get outstanding(): number {
    return this.#pending.size;
  }

  /** Never rejects. */
  request(request: ProcessRequest): Promise<Outcome> {
    if (this.#state === "stopped") return Promise.resolve({ kind: "lost", reason: "the sandbox is stopped" });
    return this.#submit(request, this.#state === "up");
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    clearTimeout(this.#backoff);
    clearTimeout(this.#stall);
    this.#loseAll("the sandbox was stopped", () => true);
    await this.#process.stop(STOP_GRACE_MS);
  }

  #spawn(): SandboxProcess {
    const process = new SandboxProcess(this.#options, {
      log: this.#deps.log,
      onReply: (reply) => this.#onReply(reply),
      onExit: (reason) => this.#onExit(reason),
    });
    this.#watch();
    return process;
  }

  #onReply(reply: ProcessReply): void {
    this.#watch();
    if (reply.kind === "ready") {
      void this.#revive();
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    pending?.resolve(reply.answer);
  }

  /** Gives a new process its modules, then what has waited. */
  async #revive(): Promise<void> {
    const outcomes = await Promise.all(this.#deps.revival().map((request) => this.#submit(request, true)));
    if (this.#state === "stopped" || outcomes.some(({ kind }) => kind === "lost")) return;
    this.#state = "up";
    this.#failedStarts = 0;
    for (const pending of this.#pending.values()) if (!pending.sent) this.#send(pending);
    this.#firstStart?.resolve();
    this.#firstStart = undefined;
  }

  #submit(request: ProcessRequest, atOnce: boolean): Promise<Outcome> {
    return new Promise((resolve) => {
      const pending: Pending = { message: { id: this.#nextId++, request }, resolve, sent: false };
      if (this.#pending.size === 0) this.#watch();
      this.#pending.set(pending.message.id, pending);
      if (atOnce) this.#send(pending);
    });
  }

  #send(pending: Pending): void {
    pending.sent = true;
    this.#process.send(pending.message);
  }

  #onExit(reason: string): void {
    if (this.#state === "stopped") return;
    const wasUp = this.#state === "up";
    this.#state = "starting";
    // What was not sent waits for the next process, once: if that one does not come up either, nobody waits any longer.
    this.#loseAll(`the sandbox process ended (${reason}) and is started again`, ({ sent }) => sent || !wasUp);
    if (this.#firstStart !== undefined) {
      this.#state = "stopped";
      clearTimeout(this.#stall);
      this.#firstStart.reject(new Error(reason));
      return;
    }
    this.#deps.log.error({ reason, failedStarts: this.#failedStarts }, "sandbox process ended; starting it again");
    this.#deps.onRestart();
    const delay = wasUp ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** this.#failedStarts++, MAX_BACKOFF_MS);
    this.#backoff = setTimeout(() => (this.#process = this.#spawn()), delay);
  }

  #loseAll(reason: string, which: (pending: Pending) => boolean): void {
    for (const [id, pending] of this.#pending) {
      if (!which(pending)) continue;
      this.#pending.delete(id);
      pending.resolve({ kind: "lost", reason });
    }
  }

  /** Restarts the count of silence. Guest code never runs on the process's own thread, so silence means that it hangs. */
  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#onSilence(), this.#options.stallMs);
    this.#stall.unref();
  }

  #onSilence(): void {
    if (this.#state === "up" && this.#pending.size === 0) return;
    this.#deps.log.error({ stallMs: this.#options.stallMs }, "sandbox process gave no sign of life; killing it");
    this.#process.kill();
  }
}

import type { Log } from "../../../core/ports/log.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { ProcessMessage, ProcessReply, ProcessRequest } from "./messages.ts";
import { moduleOf, RequestQueue, type Outcome } from "./request-queue.ts";
import { Suspects } from "./suspects.ts";

/** One life of the sandbox process. */
export interface ProcessLife {
  readonly pid: number | undefined;
  /** A process that is gone takes nothing; its `onExit` tells. */
  send(message: ProcessMessage): void;
  kill(): void;
  /** Asks it to end, and ends it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ProcessEvents {
  readonly onReply: (reply: ProcessReply) => void;
  /** Once, however it ended. */
  readonly onExit: (reason: string) => void;
}

export interface SupervisorOptions {
  readonly maxInFlight: number;
  /** With work outstanding and no news for so long, the process is taken for dead. Above any single job's time-out. */
  readonly stallMs: number;
}

export interface SupervisorDeps {
  readonly log: Log;
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly spawn: (events: ProcessEvents) => ProcessLife;
  /** What a new process is asked first, before anything else, and what it answered. */
  readonly revival: () => readonly ProcessRequest[];
  readonly onRevived: (request: ProcessRequest, outcome: Outcome) => void;
  readonly onRestart: () => void;
  readonly onPool: (module: Hex, ready: number) => void;
  /** A module is quarantined from now on, or is not any more. */
  readonly onQuarantine: (module: Hex, quarantined: boolean) => void;
}

/** A first death costs no wait; each that follows before the process has been up for STABLE_MS waits 100 ms, 200 ms, … */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
const STABLE_MS = 10_000;
const STOP_GRACE_MS = 2_000;
/** Times that a new process is asked for a module before it is left without. */
const REVIVAL_ATTEMPTS = 3;

/**
 * Keeps one sandbox process alive. When it ends, what it was working on is lost (a coded failure for the caller), what
 * was not yet sent waits for the next one. Modules that end it again and again are quarantined: see Suspects.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #deps: SupervisorDeps;
  readonly #suspects: Suspects;
  readonly #queue: RequestQueue;
  /** Modules that the process was not given, for they were quarantined when it started. */
  readonly #withheld = new Set<Hex>();
  #process: ProcessLife;
  #state: "starting" | "reviving" | "up" | "stopped" = "starting";
  #firstStart: { readonly resolve: () => void; readonly reject: (reason: Error) => void } | undefined;
  #stall: NodeJS.Timeout | undefined;
  #backoff: NodeJS.Timeout | undefined;
  #upSince = Infinity;
  #deaths = 0;
  #culprit: Hex | undefined;

  constructor(options: SupervisorOptions, deps: SupervisorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#suspects = new Suspects({ now: deps.now });
    this.#queue = new RequestQueue(options, { isSuspect: (module) => this.#suspects.isSuspect(module) });
    this.#process = this.#spawn();
  }

  /** Resolves when the first process is ready; rejects if it ends before. */
  started(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#firstStart = { resolve, reject };
    });
  }

  get outstanding(): number {
    return this.#queue.size;
  }

  /** Never rejects. */
  request(request: ProcessRequest): Promise<Outcome> {
    if (this.#state === "stopped") return settled({ kind: "lost", reason: "the sandbox is stopped" });
    const module = moduleOf(request);
    if (this.#suspects.isQuarantined(module)) return settled({ kind: "quarantined" });
    if (this.#queue.size === 0) this.#watch();
    if (this.#withheld.has(module)) this.#giveBack(module);
    const outcome = this.#queue.add(request, "waiting");
    this.#pump();
    return outcome;
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    clearTimeout(this.#backoff);
    clearTimeout(this.#stall);
    this.#queue.loseInFlight("the sandbox was stopped");
    this.#queue.loseWaiting("the sandbox was stopped");
    await this.#process.stop(STOP_GRACE_MS);
  }

  #spawn(): ProcessLife {
    this.#watch();
    return this.#deps.spawn({
      onReply: (reply) => this.#onReply(reply),
      onExit: (reason) => this.#onExit(reason),
    });
  }

  #onReply(reply: ProcessReply): void {
    this.#watch();
    switch (reply.kind) {
      case "ready":
        void this.#revive();
        return;
      case "pool":
        this.#deps.onPool(reply.digest, reply.ready);
        return;
      case "dying":
        this.#culprit = reply.culprit;
        return;
      case "answer": {
        const module = this.#queue.settle(reply.id, reply);
        if (module !== undefined) this.#answered(module);
        this.#pump();
      }
    }
  }

  /** Gives a new process its modules, then what has waited. */
  async #revive(): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "reviving";
    const withheld = (request: ProcessRequest) => this.#suspects.isQuarantined(moduleOf(request));
    const requests = this.#deps.revival();
    this.#withheld.clear();
    for (const request of requests.filter(withheld)) this.#withheld.add(moduleOf(request));
    const asked = requests.filter((request) => !withheld(request)).map((request) => this.#readmit(request));
    const answers = await Promise.all(asked);
    if (answers.includes("lost")) return;
    this.#becomeUp();
  }

  /** Asks for a module that an earlier process had admitted. @returns the kind of the answer. */
  async #readmit(request: ProcessRequest): Promise<Outcome["answer"]["kind"]> {
    const module = moduleOf(request);
    if (this.#suspects.beginsProbation(module)) {
      this.#deps.log.warn(
        { module },
        "the module's quarantine is over: it is tried again, alone, until it has proven itself",
      );
    }
    for (let attempt = 1; ; attempt++) {
      const asked = this.#queue.add(request, "revival");
      this.#pump();
      const outcome = await asked;
      const { answer } = outcome;
      if (answer.kind === "faulted" && attempt < REVIVAL_ATTEMPTS) continue;
      this.#deps.onRevived(request, outcome);
      const why = answer.kind === "refused" ? answer.message : answer.kind === "faulted" ? answer.reason : undefined;
      if (why !== undefined) this.#deps.log.error({ module }, `the new sandbox process is without a module: ${why}`);
      return answer.kind;
    }
  }

  /** A module's quarantine has ended while the process lives: it is given to it now, before what is asked of it. */
  #giveBack(module: Hex): void {
    this.#withheld.delete(module);
    const request = this.#deps.revival().find((one) => moduleOf(one) === module);
    if (request !== undefined) void this.#readmit(request);
  }

  #answered(module: Hex): void {
    if (!this.#suspects.answered(module)) return;
    this.#deps.log.info(
      { module },
      "the module has proven itself: it is no longer suspected of ending the sandbox process",
    );
    this.#deps.onQuarantine(module, false);
  }

  #becomeUp(): void {
    if (this.#state !== "reviving") return;
    this.#state = "up";
    this.#upSince = this.#deps.now();
    this.#deps.log.debug({ pid: this.#process.pid }, "sandbox process is up");
    this.#firstStart?.resolve();
    this.#firstStart = undefined;
    this.#pump();
  }

  #pump(): void {
    if (this.#state !== "up" && this.#state !== "reviving") return;
    for (;;) {
      const message = this.#queue.take(this.#state === "up");
      if (message === undefined) return;
      this.#process.send(message);
    }
  }

  #onExit(reason: string): void {
    if (this.#state === "stopped") return;
    const wasUp = this.#state === "up";
    this.#state = "starting";
    clearTimeout(this.#stall);
    this.#judge(reason);
    const lost = `the sandbox process ended (${reason}) and is started again`;
    this.#queue.loseInFlight(lost);
    // What was not sent waits for the next process, once: if that one does not come up either, nobody waits any longer.
    if (!wasUp) this.#queue.loseWaiting(lost);
    if (this.#firstStart === undefined) this.#restart();
    else this.#giveUp(this.#firstStart.reject, reason);
  }

  #judge(reason: string): void {
    const modules = this.#queue.modulesInFlight;
    const guilty = this.#suspects.died(modules, this.#culprit);
    this.#culprit = undefined;
    this.#deps.log.error({ reason, modules: [...modules], deaths: this.#deaths }, "sandbox process ended");
    if (guilty === undefined) return;
    const { module, quarantineMs } = guilty;
    const text = `module ended the sandbox process: it is not run for the next ${quarantineMs / 60_000} minutes, then it is tried again`;
    this.#deps.log.error({ module, quarantineMs }, text);
    this.#queue.quarantine(module);
    this.#deps.onQuarantine(module, true);
  }

  #giveUp(reject: (reason: Error) => void, reason: string): void {
    this.#state = "stopped";
    reject(new Error(reason));
  }

  #restart(): void {
    this.#deps.onRestart();
    if (this.#deps.now() - this.#upSince >= STABLE_MS) this.#deaths = 0;
    this.#upSince = Infinity;
    const delay = this.#deaths === 0 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** (this.#deaths - 1), MAX_BACKOFF_MS);
    this.#deaths++;
    this.#backoff = setTimeout(() => (this.#process = this.#spawn()), delay);
  }

  /** Restarts the count of silence. Guest code never runs on the process's own thread, so silence means that it hangs. */
  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#onSilence(), this.#options.stallMs);
    this.#stall.unref();
  }

  #onSilence(): void {
    if (this.#state === "up" && this.#queue.inFlight === 0) return;
    this.#deps.log.error({ stallMs: this.#options.stallMs }, "sandbox process gave no sign of life; killing it");
    this.#process.kill();
  }
}

function settled(answer: Outcome["answer"]): Promise<Outcome> {
  return Promise.resolve({ answer, stages: [] });
}

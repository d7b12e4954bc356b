import type { Hex } from "../../../core/types/hex.ts";
import type { StageReport } from "./cold-stage.ts";
import type { ProcessAnswer, ProcessMessage, ProcessRequest } from "./messages.ts";

/** The process's answer, or why there will be none; and the stages of a cold start that were part of it. */
export interface Outcome {
  readonly answer:
    ProcessAnswer | { readonly kind: "lost"; readonly reason: string } | { readonly kind: "quarantined" };
  readonly stages: readonly StageReport[];
}

interface Pending {
  readonly message: ProcessMessage;
  readonly module: Hex;
  readonly resolve: (outcome: Outcome) => void;
}

export interface RequestQueueOptions {
  /** Requests that the process is given at once. */
  readonly maxInFlight: number;
}

export interface RequestQueueDeps {
  /** Whether the module's requests have to be alone in flight. */
  readonly isSuspect: (module: Hex) => boolean;
}

/** Requests to the sandbox process: those that wait here, in order, and those that it has. */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  readonly #deps: RequestQueueDeps;
  readonly #inFlight = new Map<number, Pending>();
  /** What a new process has to be asked before anything else. */
  readonly #revival: Pending[] = [];
  readonly #waiting: Pending[] = [];
  #nextId = 0;

  constructor(options: RequestQueueOptions, deps: RequestQueueDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Requests without an answer. */
  get size(): number {
    return this.#inFlight.size + this.#revival.length + this.#waiting.length;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get modulesInFlight(): ReadonlySet<Hex> {
    return new Set([...this.#inFlight.values()].map(({ module }) => module));
  }

  /** Never rejects. */
  add(request: ProcessRequest, where: "revival" | "waiting"): Promise<Outcome> {
    return new Promise((resolve) => {
      const pending = { message: { id: this.#nextId++, request }, module: moduleOf(request), resolve };
      (where === "revival" ? this.#revival : this.#waiting).push(pending);
    });
  }

  /**
   * Takes the next request that may be sent now. @param revived false while the process is only asked what it has to be
   * asked first. Order is kept, so a suspect at the head holds up what is behind it until the process has nothing else to do.
   */
  take(revived: boolean): ProcessMessage | undefined {
    const from = this.#revival.length > 0 ? this.#revival : revived ? this.#waiting : [];
    const [next] = from;
    if (next === undefined || !this.#mayGo(next.module)) return undefined;
    from.shift();
    this.#inFlight.set(next.message.id, next);
    return next.message;
  }

  /** @returns the module whose request this was; undefined if there is no such request. */
  settle(id: number, outcome: Outcome): Hex | undefined {
    const pending = this.#inFlight.get(id);
    this.#inFlight.delete(id);
    pending?.resolve(outcome);
    return pending?.module;
  }

  /** Ends what is in flight and what was to be asked first. */
  loseInFlight(reason: string): void {
    const lost = [...this.#inFlight.values(), ...this.#revival.splice(0)];
    this.#inFlight.clear();
    for (const { resolve } of lost) resolve({ answer: { kind: "lost", reason }, stages: [] });
  }

  loseWaiting(reason: string): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve({ answer: { kind: "lost", reason }, stages: [] });
  }

  /** Ends what waits for a module that is not to run any more. */
  quarantine(module: Hex): void {
    const [ended, kept] = [
      this.#waiting.filter((one) => one.module === module),
      this.#waiting.filter((one) => one.module !== module),
    ];
    this.#waiting.splice(0, Infinity, ...kept);
    for (const { resolve } of ended) resolve({ answer: { kind: "quarantined" }, stages: [] });
  }

  #mayGo(module: Hex): boolean {
    if (this.#inFlight.size === 0) return true;
    const { isSuspect } = this.#deps;
    const [other] = this.#inFlight.values();
    if (isSuspect(module) || (other !== undefined && isSuspect(other.module))) return false;
    return this.#inFlight.size < this.#options.maxInFlight;
  }
}

export function moduleOf(request: ProcessRequest): Hex {
  return request.kind === "call" ? request.call.module : request.digest;
}

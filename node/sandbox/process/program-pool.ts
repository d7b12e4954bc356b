import type { Guest, Program } from "../guest/program.ts";

/** An instance, and how long it took to make. */
export interface PooledGuest {
  readonly guest: Guest;
  readonly instantiateSeconds: number;
  /** Whether it was ready when it was asked for. */
  readonly pooled: boolean;
}

export interface ProgramPoolOptions {
  readonly size: number;
}

export interface ProgramPoolDeps {
  /** Runs something when there is nothing else to do. */
  readonly defer: (task: () => void) => void;
  /** Called when the number of ready instances has changed, but for one that was taken and is replaced. */
  readonly onSize: (ready: number) => void;
}

/** Fresh instances of one program, made in advance. Each is handed out once. */
export class ProgramPool {
  readonly #program: Program;
  readonly #options: ProgramPoolOptions;
  readonly #deps: ProgramPoolDeps;
  readonly #ready: Omit<PooledGuest, "pooled">[] = [];
  #deferred = false;
  #told = 0;

  constructor(program: Program, options: ProgramPoolOptions, deps: ProgramPoolDeps) {
    this.#program = program;
    this.#options = options;
    this.#deps = deps;
  }

  /** @throws what the engine throws, where none is ready and none can be made. */
  take(): PooledGuest {
    const ready = this.#ready.pop();
    return ready === undefined ? { ...this.#make(), pooled: false } : { ...ready, pooled: true };
  }

  /**
   * Makes one instance now, and more as there is time: a call that comes meanwhile waits for one at most. To be called when
   * the reply has left. On a busy machine there may be no idle moment between two calls: what waited for one would never run.
   */
  refill(): void {
    try {
      if (this.#ready.length < this.#options.size) this.#ready.push(this.#make());
      if (this.#ready.length < this.#options.size) this.#refillLater();
      else this.#tell();
    } catch {
      // Out of address space or memory: the call that finds the pool empty reports it.
      this.#tell();
    }
  }

  #refillLater(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#deps.defer(() => {
      this.#deferred = false;
      this.refill();
    });
  }

  #tell(): void {
    if (this.#told === this.#ready.length) return;
    this.#told = this.#ready.length;
    this.#deps.onSize(this.#told);
  }

  #make(): Omit<PooledGuest, "pooled"> {
    const start = performance.now();
    const guest = this.#program.instantiate();
    return { guest, instantiateSeconds: (performance.now() - start) / 1000 };
  }
}

import type { Guest, Program } from "../guest/program.ts";
import type { Fillable, FillQueue } from "./fill-queue.ts";
import type { IdleMemory } from "./idle-memory.ts";

/** An instance, and how long it took to make. */
export interface PooledGuest {
  readonly guest: Guest;
  readonly instantiateSeconds: number;
  /** Whether it was ready when it was asked for. */
  readonly pooled: boolean;
}

export interface ProgramPoolOptions {
  readonly size: number;
  /** Linear memory that each instance holds before it runs: the same for all, their start functions see nothing of a run. */
  readonly idleBytes: number;
}

export interface ProgramPoolDeps {
  /** Shared by all pools of the thread, as the memory is. */
  readonly fills: FillQueue;
  readonly memory: IdleMemory;
  /** Called when the number of ready instances has changed, but for one that was taken and is replaced. */
  readonly onSize: (ready: number) => void;
}

/** Fresh instances of one program, made in advance as long as there is memory for them. Each is handed out once. */
export class ProgramPool implements Fillable {
  readonly #program: Program;
  readonly #options: ProgramPoolOptions;
  readonly #deps: ProgramPoolDeps;
  readonly #ready: Omit<PooledGuest, "pooled">[] = [];
  #told = 0;

  constructor(program: Program, options: ProgramPoolOptions, deps: ProgramPoolDeps) {
    this.#program = program;
    this.#options = options;
    this.#deps = deps;
  }

  /** @throws what the engine throws, where none is ready and none can be made. */
  take(): PooledGuest {
    const ready = this.#ready.pop();
    if (ready === undefined) return { ...this.#make(), pooled: false };
    this.#deps.memory.release(this.#options.idleBytes);
    return { ...ready, pooled: true };
  }

  /** Fills the pool when the other pools have had their turns. */
  fillLater(): void {
    this.#deps.fills.add(this);
  }

  /**
   * Makes one instance now, and leaves the rest for later. To be called when the reply has left: on a busy machine there may
   * be no idle moment between two calls, and what waited for one would never run.
   */
  refill(): void {
    if (this.fill()) this.fillLater();
  }

  /** Makes one instance. @returns whether another is to follow. */
  fill(): boolean {
    const more = this.#makeReady();
    if (!more) this.#tell();
    return more;
  }

  /** Where there is no room for one, in the budget or on this machine, the call that finds the pool empty makes its own. */
  #makeReady(): boolean {
    const { size, idleBytes } = this.#options;
    if (this.#ready.length >= size || !this.#deps.memory.reserve(idleBytes)) return false;
    try {
      this.#ready.push(this.#make());
    } catch {
      this.#deps.memory.release(idleBytes);
      return false;
    }
    return this.#ready.length < size;
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

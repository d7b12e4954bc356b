export interface Fillable {
  /** Does one piece of work. @returns whether there is more of it. */
  fill(): boolean;
}

export interface FillQueueDeps {
  /** Runs something once the thread has looked at its messages: setImmediate. */
  readonly defer: (task: () => void) => void;
}

/**
 * Work that a worker does in advance, for all modules in turn, one piece per turn of its loop: whatever the modules' start
 * functions cost, and however many there are, a call waits for one of them at most.
 */
export class FillQueue {
  readonly #deps: FillQueueDeps;
  /** In the order of their turns. No longer than there are modules. */
  readonly #waiting = new Set<Fillable>();
  #deferred = false;

  constructor(deps: FillQueueDeps) {
    this.#deps = deps;
  }

  add(work: Fillable): void {
    this.#waiting.add(work);
    this.#later();
  }

  #later(): void {
    if (this.#deferred || this.#waiting.size === 0) return;
    this.#deferred = true;
    this.#deps.defer(() => {
      this.#deferred = false;
      this.#next();
      this.#later();
    });
  }

  #next(): void {
    for (const work of this.#waiting) {
      this.#waiting.delete(work);
      if (work.fill()) this.#waiting.add(work);
      return;
    }
  }
}

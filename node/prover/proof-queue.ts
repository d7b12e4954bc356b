/** What a queue orders its jobs by. */
export interface Queued {
  /** Lower goes first. */
  readonly priority: number;
  /** Of the report that is to be proven: the newest goes first. */
  readonly sequence: bigint;
}

/**
 * Jobs that wait: by priority, and among equals newest first, since a proof of an old report is worth less than one of the
 * latest. When full, the one that would go last is given up.
 */
export class ProofQueue<Job extends Queued> {
  readonly #bound: number;
  /** In the order in which they go. */
  readonly #jobs: Job[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#jobs.length;
  }

  /** @returns the job that had to leave, if any: it may be the one that came. */
  push(job: Job): Job | undefined {
    const behind = this.#jobs.findIndex((other) => goesBefore(job, other));
    this.#jobs.splice(behind < 0 ? this.#jobs.length : behind, 0, job);
    return this.#jobs.length > this.#bound ? this.#jobs.pop() : undefined;
  }

  /** The next job, removed. */
  take(): Job | undefined {
    return this.#jobs.shift();
  }

  /** @returns whether it was waiting. */
  remove(job: Job): boolean {
    const at = this.#jobs.indexOf(job);
    if (at >= 0) this.#jobs.splice(at, 1);
    return at >= 0;
  }

  /** All jobs, removed. */
  clear(): readonly Job[] {
    return this.#jobs.splice(0);
  }
}

function goesBefore(a: Queued, b: Queued): boolean {
  return a.priority === b.priority ? a.sequence > b.sequence : a.priority < b.priority;
}

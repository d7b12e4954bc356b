/**
 * Jobs that wait, newest first: a proof of an old report is worth less than one of the latest. When full, the oldest is
 * given up.
 */
export class ProofQueue<Job> {
  readonly #bound: number;
  readonly #jobs: Job[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#jobs.length;
  }

  /** @returns the job that had to leave, if any. */
  push(job: Job): Job | undefined {
    this.#jobs.push(job);
    return this.#jobs.length > this.#bound ? this.#jobs.shift() : undefined;
  }

  /** The newest job, removed. */
  take(): Job | undefined {
    return this.#jobs.pop();
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

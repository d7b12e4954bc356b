/** What happened in a run, by name. Adds up over runs. */
export type Tally = Readonly<Record<string, number>>;

export class Counter {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  addAll(tally: Tally): void {
    for (const [name, count] of Object.entries(tally)) this.add(name, count);
  }

  tally(): Tally {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

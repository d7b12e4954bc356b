/** Stations of a run, as milliseconds since its start. The first time counts. */
export type Station =
  | "contracts-built"
  | "circuits-built"
  | "chain-started"
  | "deployed"
  | "configured"
  | "nodes-ready"
  | "first-transmitted"
  | "first-proven"
  | "done";

export class Timeline {
  readonly #start: number;
  readonly #now: () => number;
  readonly #reached = new Map<Station, number>();

  constructor({ now }: { now: () => number }) {
    this.#now = now;
    this.#start = now();
  }

  reach(station: Station): void {
    if (!this.#reached.has(station)) this.#reached.set(station, Math.round(this.#now() - this.#start));
  }

  get elapsedMs(): number {
    return Math.round(this.#now() - this.#start);
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#reached);
  }
}

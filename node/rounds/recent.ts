/** The last of a row of numbers: what is usual now, with what is long past forgotten. */
export class Recent {
  readonly #size: number;
  readonly #values: number[] = [];

  /** @param size numbers that are remembered. */
  constructor(size: number) {
    this.#size = size;
  }

  push(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#size) this.#values.shift();
  }

  /** The value at a fraction (above 0, at most 1) of them in rising order, by nearest rank; undefined before the first. */
  percentile(fraction: number): number | undefined {
    const rising = this.#values.toSorted((a, b) => a - b);
    return rising[Math.ceil(fraction * rising.length) - 1];
  }
}

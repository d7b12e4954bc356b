interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly item: T;
}

/** What is to come, by time; things of one instant come in the order in which they were put in. A binary heap. */
export class EventQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  push(at: number, item: T): void {
    const heap = this.#heap;
    const entry = { at, order: this.#order++, item };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above]!;
      if (!isBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  /** When the next thing happens; Infinity if nothing will. */
  nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  pop(): { readonly at: number; readonly item: T } | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    this.#sink(last);
    return first;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let index = 0;
    for (let below = 1; below < heap.length; below = 2 * index + 1) {
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below]!)) below += 1;
      const child = heap[below]!;
      if (!isBefore(child, entry)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = entry;
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

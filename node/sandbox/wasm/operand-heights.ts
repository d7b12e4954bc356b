/** An open block: operands below `base` belong to the blocks around it. */
interface Frame {
  readonly base: number;
  readonly params: number;
  readonly results: number;
  readonly live: boolean;
}

/**
 * Follows the height of the operand stack through a function that the engine has validated, and which code can be reached.
 * The highest point bounds the size of the function's stack frame on every engine tier.
 * On an invalid function the numbers mean nothing, but nothing fails either.
 */
export class OperandHeights {
  readonly #frames: Frame[];
  #height = 0;
  #highest = 0;
  #live = true;

  constructor(results: number) {
    this.#frames = [{ base: 0, params: 0, results, live: true }];
  }

  /** Open blocks, the function's own included. */
  get nesting(): number {
    return this.#frames.length;
  }

  get highest(): number {
    return this.#highest;
  }

  /** False after a branch that is always taken, up to the next `else` or `end`. */
  get live(): boolean {
    return this.#live;
  }

  apply(pops: number, pushes: number): void {
    this.#height = Math.max(this.#base, this.#height - pops);
    this.#push(pushes);
  }

  open(params: number, results: number): void {
    this.apply(params, 0);
    this.#frames.push({ base: this.#height, params, results, live: this.#live });
    this.#push(params);
  }

  /** At `else`: the second branch starts as the first did. */
  alternate(): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    this.#live = frame.live;
    this.#height = frame.base;
    this.#push(frame.params);
  }

  close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#live = frame.live;
    this.#height = frame.base;
    this.#push(frame.results);
  }

  /** After br, br_table, return, unreachable: the rest of the block never runs. */
  leave(): void {
    this.#live = false;
    this.#height = this.#base;
  }

  get #base(): number {
    return this.#frames.at(-1)?.base ?? 0;
  }

  #push(count: number): void {
    this.#height += count;
    if (this.#live && this.#height > this.#highest) this.#highest = this.#height;
  }
}

/**
 * Linear memory that the ready instances of one worker may hold, over all modules, in bytes: with two workers a node that
 * does nothing holds 128 MiB. Most instances have 64 KiB to 2 MiB; one that has more than all of this is made when a call asks for it.
 */
const IDLE_MEMORY_BYTES = 64 * 1024 * 1024;

/** A worker's budget of memory for instances that nobody uses yet. */
export class IdleMemory {
  #left: number;

  constructor(bytes = IDLE_MEMORY_BYTES) {
    this.#left = bytes;
  }

  /** Takes so much of it. @returns false, and takes nothing, where there is not so much left. */
  reserve(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  release(bytes: number): void {
    this.#left += bytes;
  }
}

import { wasi } from "@bjorn3/browser_wasi_shim";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
/** Go's runtime does not start on a monotonic clock that reads 0. */
const MONOTONIC_START = NANOSECONDS_PER_SECOND;
/** Sleeping longer than this, 146 years, sleeps this long: no clock passes 64 bits. */
const MAX_SLEPT = 1n << 62n;

/**
 * Time as a guest sees it: the round's, and standing still but for the guest's own sleep, which passes at once. Nanoseconds.
 */
export class VirtualClock {
  readonly #start: bigint;
  #slept = 0n;

  /** @param time Unix seconds. */
  constructor(time: number) {
    this.#start = BigInt(time) * NANOSECONDS_PER_SECOND;
  }

  /** How much the guest has slept. */
  get slept(): bigint {
    return this.#slept;
  }

  /** @returns undefined for an unknown clock. The processor's clocks read as the monotonic one. */
  origin(id: number): bigint | undefined {
    if (id === wasi.CLOCKID_REALTIME) return this.#start;
    return id <= wasi.CLOCKID_THREAD_CPUTIME_ID ? MONOTONIC_START : undefined;
  }

  /** Sleeps until `slept` is at least `deadline`. */
  sleepUntil(deadline: bigint): void {
    const bounded = deadline < MAX_SLEPT ? deadline : MAX_SLEPT;
    if (bounded > this.#slept) this.#slept = bounded;
  }
}

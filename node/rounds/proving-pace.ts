import { Recent } from "./recent.ts";

/** A member that is late by so many times the usual is taken for one that does not come. */
const PATIENCE = 3;
/** Proofs that are looked back on: enough for a median that f members who never prove do not move. */
const REMEMBERED = 16;
/** Reports whose proof is waited for: the hub's ring of provable reports is 64 long. */
const MAX_AWAITED = 64;
/** Milliseconds: with more patience than that nobody would take over within the ring's life on a fast chain. */
const MAX_DELTA_MS = 120_000;

/**
 * How long a member gives the one before it in the schedule. Fixed, it would be wrong on a busy machine or a slow chain:
 * once proofs take longer than the patience for them, every report is proven by several members, which makes proofs slower
 * still, and the network never comes out of it. So it follows what proofs were seen to take, from report to chain.
 */
export class ProvingPace {
  readonly #floor: number;
  readonly #awaited = new Map<bigint, number>();
  readonly #took = new Recent(REMEMBERED);

  /** @param floor milliseconds that a member is given at least. */
  constructor(floor: number) {
    this.#floor = floor;
  }

  /** Milliseconds. */
  get delta(): number {
    return Math.max(this.#floor, Math.min(PATIENCE * (this.#took.percentile(0.5) ?? 0), MAX_DELTA_MS));
  }

  /** A report is on the chain. */
  transmitted(index: bigint, now: number): void {
    this.#awaited.delete(index);
    this.#awaited.set(index, now);
    if (this.#awaited.size > MAX_AWAITED) this.#awaited.delete(this.#awaited.keys().next().value ?? index);
  }

  /** Its proof is, whoever made it. */
  proven(index: bigint, now: number): void {
    const since = this.#awaited.get(index);
    if (since === undefined) return;
    this.#awaited.delete(index);
    this.#took.push(now - since);
  }
}

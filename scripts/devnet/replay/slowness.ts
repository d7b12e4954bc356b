/** How an exchange is slow: it answers late, or at once and then byte by byte. */
export type Slowness = "late" | "trickle";

/** What the parent may ask of the replay's process; it answers `slowed`. */
export interface SlowRequest {
  readonly kind: "slow";
  readonly exchange: string;
  /** Undefined ends it. */
  readonly how: Slowness | undefined;
}

/** Milliseconds before the first byte: well over a fetcher's time limit of 500, below the replay's own patience. */
export const LATE_MS = 1_500;
/** A piece now and then keeps a time limit between two bytes from ever running out: the whole takes as long as `late`. */
export const TRICKLE_PIECES = 15;
export const TRICKLE_PAUSE_MS = LATE_MS / TRICKLE_PIECES;

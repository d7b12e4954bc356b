/** A feed as the chain holds it. */
export interface StoredFeed {
  readonly value: bigint;
  readonly sequence: bigint;
  /** Unix seconds. */
  readonly observedAt: number;
  /** Unix seconds at which it was stored; 0 if it never was. */
  readonly updatedAt: number;
}

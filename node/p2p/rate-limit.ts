export interface Rate {
  /** At once. */
  readonly burst: number;
  /** In the long run. */
  readonly perSecond: number;
}

/** A token bucket. `now` in milliseconds. */
export interface RateLimit {
  /** Takes so many tokens if they are there, else none. */
  take(now: number, amount?: number): boolean;
}

export function createRateLimit({ burst, perSecond }: Rate): RateLimit {
  let tokens = burst;
  let last: number | undefined;
  return {
    take(now, amount = 1) {
      if (last !== undefined) tokens = Math.min(burst, tokens + (Math.max(0, now - last) / 1000) * perSecond);
      last = now;
      if (tokens < amount) return false;
      tokens -= amount;
      return true;
    },
  };
}

/** A token bucket: `burst` at once, `perSecond` in the long run. */
export interface RateLimit {
  /** Takes one token if there is one. `now` in milliseconds. */
  take(now: number): boolean;
}

export function createRateLimit({ burst, perSecond }: { burst: number; perSecond: number }): RateLimit {
  let tokens = burst;
  let last: number | undefined;
  return {
    take(now) {
      if (last !== undefined) tokens = Math.min(burst, tokens + (Math.max(0, now - last) / 1000) * perSecond);
      last = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

import type { Strategy } from "./strategy.ts";

/** Answers like everybody else, and at once, but never shows the second feed. */
export function omitter(): Strategy {
  return {
    observe(hand, observation) {
      hand.acted("omitter");
      return { ...observation, feeds: { mask: 0b01, values: [observation.feeds.values[0] ?? 0n, 0n] } };
    },
  };
}

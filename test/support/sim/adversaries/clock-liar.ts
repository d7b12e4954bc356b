import { pick } from "../draw.ts";
import type { Strategy } from "./strategy.ts";

/** Timestamps at the window's edge, just beyond it, and at the ends of the world. */
export function clockLiar(): Strategy {
  return {
    observe(hand, observation) {
      const { window } = hand.context.timing;
      const { timestamp } = observation;
      hand.acted("clock-liar");
      const lies = [
        timestamp - window,
        timestamp + window,
        timestamp - 2 * window,
        timestamp + window + 1,
        1,
        2 ** 32 - 1,
      ];
      return { ...observation, timestamp: pick(hand.random, lies) };
    },
  };
}

import type { Strategy } from "./strategy.ts";

/** Takes part in nothing. */
export function mute(): Strategy {
  return {
    send(hand) {
      hand.acted("mute");
      return [];
    },
  };
}

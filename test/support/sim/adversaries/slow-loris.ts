import type { Strategy } from "./strategy.ts";

/** Sends everything, as late as it can still matter. */
export function slowLoris(): Strategy {
  return {
    send(hand, letter) {
      hand.acted("slow-loris");
      const { deltaRound } = hand.context.timing;
      return [
        { ...letter, holdMs: (letter.holdMs ?? 0) + Math.floor(deltaRound / 2) + hand.random.integer(deltaRound) },
      ];
    },
  };
}

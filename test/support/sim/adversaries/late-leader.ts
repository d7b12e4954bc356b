import { isMessage, type Strategy } from "./strategy.ts";

/** A leader that keeps its proposals back, often until the next round or epoch has begun. */
export function lateLeader(): Strategy {
  return {
    send(hand, letter) {
      if (!isMessage(letter.content, "proposal")) return [letter];
      const { deltaRound, deltaProgress } = hand.context.timing;
      hand.acted("late-leader");
      return [{ ...letter, holdMs: hand.random.integer(hand.random.integer(2) === 0 ? deltaRound : deltaProgress) }];
    },
  };
}

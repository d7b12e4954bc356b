import { chance, pick } from "../draw.ts";
import type { Strategy } from "./strategy.ts";

/** Sends what it or others sent before, of whatever slot and epoch, as its own. */
export function replayer(): Strategy {
  return {
    turn(hand) {
      const { coalition, random, others } = hand;
      if (coalition.frames.length === 0 || chance(random, 0.5)) return;
      hand.acted("replayer");
      for (let i = random.integer(4); i >= 0; i--)
        hand.post({ to: pick(random, others), content: pick(random, coalition.frames) });
    },
  };
}

import { chance, pick } from "../draw.ts";
import type { Strategy } from "./strategy.ts";

const LAST_EPOCH = 2 ** 32 - 1;

/** Wishes for the next epoch at every turn, for one further, for the last one there is, and lies about its own. */
export function epochFlooder(): Strategy {
  let wish = 0;
  return {
    turn(hand) {
      const { random } = hand;
      const current = hand.epoch();
      wish = Math.max(wish, current + pick(random, [1, 1, 1, 2, 5, 100]));
      const epoch = chance(random, 0.02) ? LAST_EPOCH : pick(random, [wish, current, current + 1]);
      hand.acted("epoch-flooder");
      for (const to of hand.others)
        hand.post({ to, content: { kind: "new-epoch", epoch, current: pick(random, [0, current, epoch]) } });
    },
  };
}

import { shuffled } from "../draw.ts";
import type { Strategy } from "./strategy.ts";

/** Speaks to some members only: those it leaves out must find out by themselves what the others agreed on. */
export function selectiveSender(): Strategy {
  let ignored: readonly number[] | undefined;
  return {
    send(hand, letter) {
      ignored ??= shuffled(hand.random, hand.others).slice(0, 1 + hand.random.integer(hand.context.size.f));
      if (!ignored.includes(letter.to)) return [letter];
      hand.acted("selective-sender");
      return [];
    },
  };
}

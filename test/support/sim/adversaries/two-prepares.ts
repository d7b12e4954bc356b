import { chance, randomHex } from "../draw.ts";
import { isMessage, type Strategy } from "./strategy.ts";

/** A follower that prepares different digests before different members, or two before the same. */
export function twoPrepares(): Strategy {
  return {
    send(hand, letter) {
      const { random } = hand;
      if (!isMessage(letter.content, "prepare") || chance(random, 0.4)) return [letter];
      const other = { ...letter, content: { ...letter.content, digest: randomHex(random, 32) } };
      hand.acted("two-prepares");
      return chance(random, 0.5) ? [other] : [other, letter];
    },
  };
}

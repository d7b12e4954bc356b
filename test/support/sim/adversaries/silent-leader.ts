import { isMessage, type Strategy } from "./strategy.ts";

/** A leader that starts no round, or starts them and proposes nothing. */
export function silentLeader(): Strategy {
  return {
    send(hand, letter) {
      const startsRounds = hand.epoch() % 2 === 0;
      const withheld =
        isMessage(letter.content, "proposal") || (!startsRounds && isMessage(letter.content, "round-start"));
      if (withheld) hand.acted("silent-leader");
      return withheld ? [] : [letter];
    },
  };
}

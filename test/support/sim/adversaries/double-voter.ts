import type { Strategy } from "./strategy.ts";
import { suppressVotes, voteForVersions } from "./votes.ts";

/** Prepares and signs both of a friend's two proposals, each before those who were shown it. */
export function doubleVoter(): Strategy {
  return {
    join(hand) {
      hand.coalition.onVersions((sequence) => {
        hand.acted("double-voter");
        voteForVersions(hand, sequence);
      });
    },
    send: suppressVotes,
  };
}

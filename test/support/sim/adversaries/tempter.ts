import type { Proposal, RoundStart } from "../../../../core/consensus/messages.ts";
import { isMessage, type Strategy } from "./strategy.ts";

/**
 * A leader that begins its newest round once more with each member that comes back, and then proposes something else. To
 * make forgetful ones bold it says that it is in the first epoch.
 */
export function tempter(): Strategy {
  let started: RoundStart | undefined;
  let proposed: Proposal | undefined;
  return {
    send(_, letter) {
      if (isMessage(letter.content, "round-start")) started = letter.content;
      if (isMessage(letter.content, "proposal")) proposed = letter.content;
      if (!isMessage(letter.content, "new-epoch")) return [letter];
      return [{ ...letter, content: { kind: "new-epoch", epoch: 1, current: 1 } }];
    },
    receive(hand, { from, message }) {
      if (!isMessage(message, "new-epoch") || started === undefined) return;
      hand.acted("tempter");
      hand.post({ to: from, content: started });
      if (proposed === undefined) return;
      const other = hand.coalition.otherProposal(hand.self, proposed, hand.random);
      if (other !== undefined) hand.post({ to: from, content: other, holdMs: hand.random.integer(200) });
    },
  };
}

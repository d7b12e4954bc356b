import { leaderOf } from "../../../../core/consensus/permutation.ts";
import { slotOf } from "../../../../core/types/sequence.ts";
import { type Hand, isMessage, type Letter, type Strategy } from "./strategy.ts";

/**
 * A leader that with its friends finishes rounds for f + 1 honest members alone: just enough for its epoch to go on. One
 * of them signs, the others count the coalition's signatures with that; the rest hear too few.
 */
export function starvingLeader(): Strategy {
  return {
    send(hand, letter) {
      const sequence = sequenceOf(letter.content);
      if (sequence === undefined || !isOurs(hand, sequence)) return [letter];
      const served = hand.others.filter((member) => !hand.coalition.members.includes(member));
      const content = served.slice(0, hand.context.size.f + 1);
      const reached = isMessage(letter.content, "prepare") ? content.slice(0, 1) : content;
      if (reached.includes(letter.to) || hand.coalition.members.includes(letter.to)) return [letter];
      hand.acted("starving-leader");
      return [];
    },
  };
}

function sequenceOf(content: Letter["content"]): bigint | undefined {
  if (isMessage(content, "proposal") || isMessage(content, "prepare")) return content.sequence;
  return isMessage(content, "signature") ? content.report.sequence : undefined;
}

function isOurs({ coalition, context }: Hand, sequence: bigint): boolean {
  const { size, configDigest } = context;
  return coalition.members.includes(leaderOf(slotOf(sequence).epoch, { n: size.n, configDigest }));
}

import type { Proposal } from "../../../../core/consensus/messages.ts";
import { shuffled } from "../draw.ts";
import type { Version } from "./coalition.ts";
import { type Hand, isMessage, type Strategy } from "./strategy.ts";
import { suppressVotes, voteForVersions } from "./votes.ts";

/** A leader that proposes one thing to some and another to the others, and votes for both. */
export function twoProposals(): Strategy {
  return {
    send(hand, letter) {
      const { content, to } = letter;
      if (!isMessage(content, "proposal")) return suppressVotes(hand, letter);
      if (hand.coalition.versionsOf(content.sequence).length === 0) splitCommittee(hand, content);
      const versions = hand.coalition.versionsOf(content.sequence);
      if (versions.length < 2) return [letter];
      return versions
        .filter(({ audience }) => audience.includes(to))
        .map(({ proposal }) => ({ ...letter, content: proposal }));
    },
  };
}

function splitCommittee(hand: Hand, proposal: Proposal): void {
  const { coalition, random, context } = hand;
  const other = coalition.otherProposal(hand.self, proposal, random);
  if (other === undefined) return;
  const honest = shuffled(
    random,
    hand.others.filter((member) => !coalition.members.includes(member)),
  );
  // Halves, or one left out, or everybody gets both.
  const cut = [Math.ceil(honest.length / 2), honest.length - 1, honest.length][random.integer(3)] ?? 1;
  const [first, second] = [honest.slice(0, cut), cut === honest.length ? honest : honest.slice(cut)];
  const version = (shown: Proposal, audience: readonly number[]): Version => {
    const outcome = context.plugin.report(shown.sequence, shown.observations);
    if (outcome.kind === "failed") throw new Error(`an adversary proposed no report: ${outcome.code}`);
    const observationsHash = context.crypto.observationsHash(shown.observations);
    return { proposal: shown, observationsHash, report: outcome.report, digest: outcome.digest, audience };
  };
  if (context.plugin.report(proposal.sequence, proposal.observations).kind === "failed") return;
  coalition.addVersions(proposal.sequence, [version(proposal, first), version(other, second)]);
  hand.acted("two-proposals");
  voteForVersions(hand, proposal.sequence);
}

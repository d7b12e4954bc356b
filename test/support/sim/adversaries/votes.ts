import { between } from "../draw.ts";
import { type Hand, isMessage, type Letter } from "./strategy.ts";

/** Casts this member's votes for all versions of a slot: the Prepares soon, the signatures a little later. */
export function voteForVersions(hand: Hand, sequence: bigint): void {
  const { coalition, context, random } = hand;
  for (const { proposal, observationsHash, report, digest, audience } of coalition.versionsOf(sequence)) {
    const signature = context.crypto.signDigest(digest);
    const prepare = { sequence, digest, observationsHash, proposalSignature: proposal.signature };
    const everywhere = random.integer(4) === 0;
    for (const to of everywhere ? hand.others : audience) {
      hand.post({ to, content: { kind: "prepare", ...prepare }, holdMs: between(random, 0, 30) });
      hand.post({ to, content: { kind: "signature", report, signature }, holdMs: between(random, 0, 200) });
    }
  }
}

/** A member's own honest engine votes for one of two versions: these votes are cast already. */
export function suppressVotes(hand: Hand, letter: Letter): readonly Letter[] {
  const { content } = letter;
  const vote = isMessage(content, "prepare") ? content : isMessage(content, "signature") ? content.report : undefined;
  return vote !== undefined && hand.coalition.versionsOf(vote.sequence).length > 1 ? [] : [letter];
}

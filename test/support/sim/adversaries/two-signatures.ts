import { chance, randomHex } from "../draw.ts";
import { isMessage, type Strategy } from "./strategy.ts";

/** A follower that signs a second report for a slot, before some members instead of the first. */
export function twoSignatures(): Strategy {
  return {
    send(hand, letter) {
      const { random, context } = hand;
      if (!isMessage(letter.content, "signature") || chance(random, 0.3)) return [letter];
      const report = { ...letter.content.report, valuesHash: randomHex(random, 32) };
      const signature = context.crypto.signDigest(context.crypto.reportDigest(report));
      const other = { ...letter, content: { kind: "signature", report, signature } as const };
      hand.acted("two-signatures");
      return chance(random, 0.5) ? [other] : [other, letter];
    },
  };
}

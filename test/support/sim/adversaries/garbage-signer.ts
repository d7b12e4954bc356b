import { chance, pick, randomHex } from "../draw.ts";
import { type Hand, isMessage, type Letter, type Strategy } from "./strategy.ts";

/** A follower whose signatures are none: random bytes, another digest's, or for what nobody proposed. */
export function garbageSigner(): Strategy {
  return {
    send(hand, letter) {
      const { random, context } = hand;
      const { content } = letter;
      if (isMessage(content, "observation") && chance(random, 0.5))
        return garbage(hand, letter, {
          ...content,
          signature: { ...content.signature, s: content.signature.s ^ BigInt(1 + random.integer(1_000_000)) },
        });
      if (!isMessage(content, "signature")) return [letter];
      const signature = pick(random, [
        () => randomHex(random, 64),
        () => context.crypto.signDigest(randomHex(random, 32)),
        () => `0x${"00".repeat(64)}` as const,
      ])();
      return garbage(hand, letter, { ...content, signature });
    },
  };
}

function garbage(hand: Hand, letter: Letter, content: Letter["content"]): readonly Letter[] {
  hand.acted("garbage-signer");
  return [{ ...letter, content }];
}

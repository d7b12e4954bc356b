import { isMessage, type Strategy } from "./strategy.ts";

/** An observer that signs two observations of one slot. */
export function twoObservations(): Strategy {
  return {
    send(hand, letter) {
      const { content } = letter;
      if (!isMessage(content, "observation")) return [letter];
      const { observation } = content;
      const values = observation.feeds.values.map((value) => (value === 0n ? 0n : value + 1n));
      const second = hand.coalition.sign(hand.self, { ...observation, feeds: { ...observation.feeds, values } });
      hand.acted("two-observations");
      return [
        letter,
        { ...letter, content: { kind: "observation", observation: second.observation, signature: second.signature } },
      ];
    },
  };
}

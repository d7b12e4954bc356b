import { isMessage, type Strategy } from "./strategy.ts";

/** A leader that starts its rounds all at once, so that members flood their sources. */
export function hurriedLeader(): Strategy {
  return {
    send(hand, letter) {
      if (!isMessage(letter.content, "round-start")) return [letter];
      const { sequence } = letter.content;
      hand.acted("hurried-leader");
      const hurried = [1n, 2n, 3n].map((ahead) => ({
        ...{ to: letter.to, holdMs: Number(ahead) },
        content: { kind: "round-start", sequence: sequence + ahead } as const,
      }));
      return [letter, ...hurried];
    },
  };
}

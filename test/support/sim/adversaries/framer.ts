import { pick, randomHex } from "../draw.ts";
import { isMessage, type Strategy } from "./strategy.ts";

/** Tries to make honest members look guilty: shows headers and reports that they never signed. */
export function framer(): Strategy {
  return {
    send(hand, letter) {
      const { random } = hand;
      const { content } = letter;
      if (isMessage(content, "prepare")) {
        hand.acted("framer");
        const forged = { ...content, observationsHash: randomHex(random, 32) };
        const proposalSignature = pick(random, [content.proposalSignature, randomHex(random, 64)]);
        return [{ ...letter, content: { ...forged, proposalSignature } }];
      }
      if (isMessage(content, "proposal")) {
        hand.acted("framer");
        const victim = pick(random, content.observations).observer;
        const observations = content.observations.map((entry) =>
          entry.observer === victim && victim !== hand.self
            ? { ...entry, observation: { ...entry.observation, timestamp: entry.observation.timestamp + 1 } }
            : entry,
        );
        return [letter, { ...letter, content: { ...content, observations } }];
      }
      return [letter];
    },
  };
}

import type { Observation } from "../../../../core/types/observation.ts";
import { MAX_FEED_VALUE } from "../committee.ts";
import { pick } from "../draw.ts";
import type { Hand, Strategy } from "./strategy.ts";

/** Far beyond what an honest member sees, on the side on which all its friends lie in this slot. */
export function valueLiar(): Strategy {
  return {
    observe(hand, observation) {
      hand.acted("value-liar");
      return pick(hand.random, LIES)(hand, observation);
    },
  };
}

type Lie = (hand: Hand, observation: Observation) => Observation;

const extreme: Lie = (_, observation) => {
  const value = observation.sequence % 2n === 0n ? MAX_FEED_VALUE - 1n : 1n - MAX_FEED_VALUE;
  return { ...observation, feeds: { mask: 0b11, values: [value, value] } };
};
const modest: Lie = (_, observation) => {
  const values = observation.feeds.values.map((value) => value + (observation.sequence % 2n === 0n ? 40n : -40n));
  return { ...observation, feeds: { mask: 0b11, values } };
};
const outOfBounds: Lie = (_, observation) => ({
  ...observation,
  feeds: { mask: 0b11, values: [10n * MAX_FEED_VALUE, -10n * MAX_FEED_VALUE] },
});
const nothing: Lie = (_, observation) => ({ ...observation, feeds: { mask: 0, values: [0n, 0n] } });

const LIES: readonly Lie[] = [extreme, extreme, extreme, modest, modest, outOfBounds, nothing];

import type { Proposal } from "../../../../core/consensus/messages.ts";
import { MAX_FEED_VALUE } from "../committee.ts";
import type { AttributedObservation } from "../../../../core/types/observation.ts";
import { pick } from "../draw.ts";
import { type Hand, isMessage, type Strategy } from "./strategy.ts";

/** A leader whose proposals break one rule each. Its friends would vote for them. */
export function crookedLeader(): Strategy {
  let crooked: { readonly sequence: bigint; readonly proposal: Proposal } | undefined;
  return {
    send(hand, letter) {
      const { content } = letter;
      if (!isMessage(content, "proposal")) return [letter];
      if (crooked?.sequence !== content.sequence) {
        crooked = { sequence: content.sequence, proposal: bend(hand, content) };
        hand.acted("crooked-leader");
      }
      return [{ ...letter, content: crooked.proposal }];
    },
  };
}

function bend(hand: Hand, proposal: Proposal): Proposal {
  const { crypto } = hand.context;
  const { sequence } = proposal;
  const observations = pick(hand.random, BENDS)(hand, proposal);
  const header = { sequence, observationsHash: crypto.observationsHash(observations) };
  return { ...proposal, observations, signature: crypto.signDigest(crypto.proposalHeaderDigest(header)) };
}

type Bend = (hand: Hand, proposal: Proposal) => readonly AttributedObservation[];

const ownOf = ({ coalition, self }: Hand, { observations }: Proposal): AttributedObservation => {
  const { observation } = observations.find(({ observer }) => observer === self) ?? observations[0]!;
  const feeds = { mask: 0b11, values: [MAX_FEED_VALUE - 1n, MAX_FEED_VALUE - 1n] };
  return coalition.sign(self, { ...observation, feeds });
};
/** Its own observation in every place. */
const repeated: Bend = (hand, proposal) => proposal.observations.map(() => ownOf(hand, proposal));
/** Its own in every place but one, in member order. */
const mostlyOwn: Bend = (hand, proposal) => {
  const own = ownOf(hand, proposal);
  const other = proposal.observations.find(({ observer }) => observer !== hand.self);
  const rest = proposal.observations.slice(1).map(() => own);
  return other === undefined ? rest : [other, ...rest].toSorted((a, b) => a.observer - b.observer);
};
const few: Bend = ({ context }, { observations }) => observations.slice(0, context.size.f | 1);
/** Others' observations with values that they did not sign. */
const invented: Bend = (_, { observations }) =>
  observations.map((entry) => ({
    ...entry,
    observation: { ...entry.observation, feeds: { mask: 0b11, values: [MAX_FEED_VALUE - 2n, MAX_FEED_VALUE - 2n] } },
  }));
/** Genuine observations of an earlier slot. */
const stale: Bend = ({ coalition }, { sequence, observations }) => {
  const earlier = coalition.observationsOf(sequence - 1n).toSorted((a, b) => a.observer - b.observer);
  return earlier.length < observations.length ? observations.toReversed() : earlier.slice(0, observations.length);
};
/** Its own observation has a timestamp far outside the window. */
const untimely: Bend = ({ coalition, self }, { observations }) =>
  observations.map((entry) =>
    entry.observer === self
      ? coalition.sign(self, { ...entry.observation, timestamp: entry.observation.timestamp + 1_000 })
      : entry,
  );
const reversed: Bend = (_, { observations }) => observations.toReversed();

const BENDS: readonly Bend[] = [repeated, mostlyOwn, few, invented, stale, untimely, reversed];

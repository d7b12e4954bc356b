import { observationQuorum } from "../../../../core/consensus/quorum.ts";
import type { AttributedObservation } from "../../../../core/types/observation.ts";
import type { Strategy } from "./strategy.ts";

/** A leader that picks, of all legal choices, the observations with the highest values, or with the lowest. */
export function choosyLeader(): Strategy {
  return {
    context(context, hand) {
      const { plugin, size } = context;
      const highest = hand.random.integer(2) === 0;
      const price = ({ observation }: AttributedObservation) => observation.feeds.values[0] ?? 0n;
      return {
        ...context,
        plugin: {
          ...plugin,
          choose(observations, due) {
            const sign = highest ? 1 : -1;
            const extreme = observations
              .toSorted((a, b) => (price(a) < price(b) ? sign : -sign))
              .slice(0, observationQuorum(size))
              .toSorted((a, b) => a.observer - b.observer);
            const sequence = extreme[0]?.observation.sequence;
            if (sequence === undefined || extreme.length < observationQuorum(size)) return undefined;
            if (plugin.report(sequence, extreme).kind === "failed") return plugin.choose(observations, due);
            hand.acted("choosy-leader");
            return extreme;
          },
        },
      };
    },
  };
}

import type { Log } from "../../core/ports/log.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { RoundMetrics } from "./metrics.ts";

export interface MissingFeedsOptions {
  /** In lane order. */
  readonly feeds: readonly string[];
}

export interface MissingFeedsDeps {
  readonly log: Log;
  readonly metrics: Pick<RoundMetrics, "missingFeeds">;
}

export interface MissingFeeds {
  /** Each newest final report, once. */
  onFinal(final: Pick<FinalReport, "report" | "feeds">): void;
  /** No more reports come: nothing is missing. */
  clear(): void;
}

/** Reports in a row without a feed after which something is wrong with it, not with one round. */
export const ROUNDS_UNTIL_MISSING = 3;

/** Counts for each feed the reports in a row that lack it: too few members observed it, or its median is out of bounds. */
export function watchMissingFeeds({ feeds }: MissingFeedsOptions, { log, metrics }: MissingFeedsDeps): MissingFeeds {
  const missed = feeds.map(() => 0);
  const set = (lane: number, count: number): void => {
    missed[lane] = count;
    metrics.missingFeeds.set(count, { feed: feeds[lane] ?? String(lane) });
  };
  feeds.forEach((_, lane) => set(lane, 0));
  return {
    onFinal({ report: { sequence }, feeds: { mask } }) {
      for (const [lane, feed] of feeds.entries()) {
        const before = missed[lane] ?? 0;
        const present = ((mask >>> lane) & 1) === 1;
        set(lane, present ? 0 : before + 1);
        if (present && before >= ROUNDS_UNTIL_MISSING) log.info({ feed, sequence }, "the feed is in the reports again");
        if (missed[lane] === ROUNDS_UNTIL_MISSING)
          log.warn(
            { feed, sequence, rounds: ROUNDS_UNTIL_MISSING },
            "the reports lack this feed: too few members observe it, or its median is outside its bounds",
          );
      }
    },
    clear: () => feeds.forEach((_, lane) => set(lane, 0)),
  };
}

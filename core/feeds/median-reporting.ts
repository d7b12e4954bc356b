import { createReport, hasLane, lanesOf, MAX_VALUE, MIN_VALUE, reportDigest } from "../codec/report.ts";
import type { ReportingPlugin, ReportOutcome } from "../ports/reporting.ts";
import type { Configuration } from "../types/committee.ts";
import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, FeedValues, Observation } from "../types/observation.ts";
import type { ReportDomain } from "../types/report.ts";
import { chooseObservations } from "./choose.ts";
import { maskOf } from "./due.ts";
import { median } from "./median.ts";

const MAX_TIMESTAMP = 2 ** 32 - 1;

export interface MedianReportingOptions {
  readonly configuration: Configuration;
  readonly configDigest: Hex;
  readonly domain: ReportDomain;
}

/** What Quorate agrees about: per feed the median of 2f+1 observations, and the median of their timestamps. */
export function createMedianReporting(options: MedianReportingOptions): ReportingPlugin {
  const { configuration } = options;
  const count = 2 * configuration.f + 1;
  const report = rememberingLast((sequence, observations) => buildReport(options, sequence, observations));
  return {
    isWellFormed: (observation) => isWellFormed(configuration, observation),
    report,
    choose(observations, due) {
      const sequence = observations[0]?.observation.sequence;
      if (sequence === undefined || observations.length < count) return undefined;
      const chosen = choosePunctual(observations, { count, due, window: configuration.timing.window });
      return chosen !== undefined && report(sequence, chosen).kind === "report" ? chosen : undefined;
    },
    leavesOut: (observations, chosen) =>
      configuration.feeds.some(
        (_, lane) => carriersOf(chosen, lane) < chosen.length && carriersOf(observations, lane) > configuration.f,
      ),
  };
}

/** A leader makes the report of its choice, and makes it again as a follower of its own proposal. */
function rememberingLast(build: ReportingPlugin["report"]): ReportingPlugin["report"] {
  let last: Parameters<typeof build> | undefined;
  let outcome: ReportOutcome | undefined;
  return (sequence, observations) => {
    const same = last?.[0] === sequence && last[1] === observations;
    if (!same || outcome === undefined) [last, outcome] = [[sequence, observations], build(sequence, observations)];
    return outcome;
  };
}

function isWellFormed({ feeds, lanes }: Configuration, { feeds: observed, timestamp }: Observation): boolean {
  if (!Number.isInteger(timestamp) || timestamp < 1 || timestamp > MAX_TIMESTAMP) return false;
  if (observed.values.length !== lanes || lanesOf(observed.mask).some((lane) => lane >= feeds.length)) return false;
  return observed.values.every((value, lane) =>
    hasLane(observed.mask, lane) ? value >= MIN_VALUE && value <= MAX_VALUE : value === 0n,
  );
}

function buildReport(
  options: MedianReportingOptions,
  sequence: bigint,
  observations: readonly AttributedObservation[],
): ReportOutcome {
  const { configuration, configDigest, domain } = options;
  const observedAt = medianTimestamp(observations);
  const { window } = configuration.timing;
  if (observations.some(({ observation }) => Math.abs(observation.timestamp - observedAt) > window)) {
    return { kind: "failed", code: "timestamp-outside-window" };
  }
  const feeds = medians(configuration, observations);
  if (feeds.mask === 0) return { kind: "failed", code: "no-feed-in-common" };
  const feedIds = configuration.feeds.map(({ id }) => id);
  const report = createReport({ configDigest, sequence }, { feeds, feedIds, observedAt });
  return { kind: "report", report, feeds, digest: reportDigest(report, domain) };
}

/** A feed counts if every chosen observation carries it and its median lies inside the feed's bounds. */
function medians({ feeds, lanes }: Configuration, observations: readonly AttributedObservation[]): FeedValues {
  const values = Array.from({ length: lanes }, () => 0n);
  const present = feeds.flatMap(({ min, max }, lane) => {
    if (carriersOf(observations, lane) < observations.length) return [];
    const value = median(observations.map(({ observation }) => observation.feeds.values[lane] ?? 0n));
    if (value < min || value > max) return [];
    values[lane] = value;
    return [lane];
  });
  return { mask: maskOf(present), values };
}

/**
 * Chooses observations whose timestamps lie inside the window. Those outside the window of a choice's own median are
 * dropped and the choice is made again: that median is between honest timestamps, so while honest clocks differ by no
 * more than the window only faulty ones are dropped, and no member can spoil a round by a timestamp at the window's edge.
 */
function choosePunctual(
  observations: readonly AttributedObservation[],
  { window, ...wanted }: { count: number; due: number; window: number },
): readonly AttributedObservation[] | undefined {
  for (let candidates = observations; candidates.length >= wanted.count;) {
    const chosen = chooseObservations(candidates, wanted);
    if (chosen === undefined) return undefined;
    const observedAt = medianTimestamp(chosen);
    const late = chosen.filter(({ observation }) => Math.abs(observation.timestamp - observedAt) > window);
    if (late.length === 0) return chosen;
    candidates = candidates.filter((entry) => !late.includes(entry));
  }
  return undefined;
}

function carriersOf(observations: readonly AttributedObservation[], lane: number): number {
  return observations.filter(({ observation }) => hasLane(observation.feeds.mask, lane)).length;
}

/** Unix seconds. @param observations an odd number of them. */
function medianTimestamp(observations: readonly AttributedObservation[]): number {
  return Number(median(observations.map(({ observation }) => BigInt(observation.timestamp))));
}

import { createReport, hasLane } from "../../../core/codec/report.ts";
import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { AttributedObservation } from "../../../core/types/observation.ts";

export interface FinalAudit {
  readonly configuration: Configuration;
  readonly context: ProtocolContext;
}

/**
 * What is wrong with a final report, recomputed from docs/protocol.md and not from the code that made it: 2f+1 signed
 * observations of distinct members for this slot, within the window; each value the middle one; f+1 distinct signatures.
 */
export function finalFault({ configuration, context }: FinalAudit, final: FinalReport): string | undefined {
  const { f, members } = configuration;
  const { report, digest, observations, signatures } = final;
  const { crypto, configDigest } = context;
  const observers = new Set(observations.map(({ observer }) => observer));
  if (observations.length !== 2 * f + 1) return `${observations.length} observations`;
  if (observers.size !== 2 * f + 1) return "observers that are not distinct";
  if (observations.some(({ observation }) => observation.sequence !== report.sequence))
    return "an observation of another slot";
  if (!observations.every((entry) => crypto.verifyObservation(entry))) return "an observation that was not signed";
  const signers = new Set(signatures.map(({ signer }) => signer));
  if (signers.size !== f + 1 || signatures.length !== f + 1) return "not f+1 distinct signers";
  if (signatures.some(({ signer }) => signer >= members.length)) return "a stranger's signature";
  if (crypto.reportDigest(report) !== digest || report.configDigest !== configDigest) return "another digest";
  if (!signatures.every(({ signer, signature }) => crypto.verifyDigest(signer, digest, signature)))
    return "a signature that does not hold";
  return contentFault(configuration, final);
}

function contentFault({ feeds, timing, f, lanes }: Configuration, final: FinalReport): string | undefined {
  const { report, observations } = final;
  const times = observations.map(({ observation }) => observation.timestamp).toSorted((a, b) => a - b);
  if (report.observedAt !== times[f]) return "a time that is not the middle one";
  if (times.some((time) => Math.abs(time - report.observedAt) > timing.window)) return "a timestamp outside the window";
  if (final.feeds.values.length !== lanes || final.feeds.mask === 0) return "no values";
  for (const [lane, { min, max }] of feeds.entries()) {
    const value = middle(observations, lane, f);
    const reported = value !== undefined && value >= min && value <= max;
    if (hasLane(final.feeds.mask, lane) !== reported) return `feed ${lane} is there, or not, against the rule`;
    if (final.feeds.values[lane] !== (reported ? value : 0n)) return `feed ${lane} is not the median`;
  }
  const feedIds = feeds.map(({ id }) => id);
  const expected = createReport(report, { feeds: final.feeds, feedIds, observedAt: report.observedAt });
  const same = expected.feedsRoot === report.feedsRoot && expected.valuesHash === report.valuesHash;
  return same ? undefined : "hashes of other values";
}

/** The (f+1)-th lowest of 2f+1; undefined where not all carry the feed. */
function middle(observations: readonly AttributedObservation[], lane: number, f: number): bigint | undefined {
  if (!observations.every(({ observation }) => hasLane(observation.feeds.mask, lane))) return undefined;
  const values = observations.map(({ observation }) => observation.feeds.values[lane] ?? 0n);
  return values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[f];
}

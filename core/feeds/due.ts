import { lanesOf } from "../codec/report.ts";
import type { StoredFeed } from "../types/chain.ts";
import type { FeedSpec, Timing } from "../types/committee.ts";
import type { FeedValues } from "../types/observation.ts";

const PARTS_PER_BILLION = 1_000_000_000n;

/** Whether |value − stored| is at least `ppb` parts per billion of |stored|. From zero every change counts. */
export function hasMoved(stored: bigint, value: bigint, ppb: number): boolean {
  const difference = value > stored ? value - stored : stored - value;
  const magnitude = stored < 0n ? -stored : stored;
  return difference > 0n && difference * PARTS_PER_BILLION >= magnitude * BigInt(ppb);
}

/**
 * Seconds before its heartbeat's end at which a feed is transmitted: the time in which a leader may fail and the next one
 * bring a round, so that readers need not wait beyond the heartbeat; at most half of it.
 */
function heartbeatMargin({ heartbeat }: Pick<FeedSpec, "heartbeat">, timing: Timing): number {
  return Math.min(heartbeat / 2, (timing.deltaRound + timing.deltaProgress) / 1000);
}

/** Whether the feed is new, or a later round might come after its heartbeat's end. */
function isAging(spec: FeedSpec, { updatedAt }: StoredFeed, { now, timing }: { now: number; timing: Timing }): boolean {
  return updatedAt === 0 || now - updatedAt >= spec.heartbeat - heartbeatMargin(spec, timing);
}

/** A feed is due if it is new, its heartbeat ends soon, or it moved by its threshold. `now` in Unix seconds. */
export function isDue(
  spec: FeedSpec,
  stored: StoredFeed,
  { value, ...time }: { value: bigint; now: number; timing: Timing },
): boolean {
  return isAging(spec, stored, time) || hasMoved(stored.value, value, spec.deviationPpb);
}

export interface DueInput {
  readonly specs: readonly FeedSpec[];
  /** One per feed, in canonical order. */
  readonly stored: readonly StoredFeed[];
  /** Unix seconds. */
  readonly now: number;
  readonly timing: Timing;
}

/** Lanes of a report that should be stored now: due, and not already stored from this report or a newer one. */
export function dueMask(
  { specs, stored, now, timing }: DueInput,
  report: { sequence: bigint; feeds: FeedValues },
): number {
  const due = lanesOf(report.feeds.mask).filter((lane) => {
    const [spec, held, value] = [specs[lane], stored[lane], report.feeds.values[lane]];
    if (spec === undefined || held === undefined || value === undefined) return false;
    return held.sequence < report.sequence && isDue(spec, held, { value, now, timing });
  });
  return maskOf(due);
}

/** Lanes that a leader should favour before any value is known: new feeds and those whose heartbeat ends soon. */
export function overdueMask({ specs, stored, now, timing }: DueInput): number {
  const overdue = specs.flatMap((spec, lane) => {
    const held = stored[lane];
    return held === undefined || isAging(spec, held, { now, timing }) ? [lane] : [];
  });
  return maskOf(overdue);
}

export function maskOf(lanes: readonly number[]): number {
  return lanes.reduce((mask, lane) => (mask | (1 << lane)) >>> 0, 0);
}

/** Number of lanes in a mask. */
export function countLanes(mask: number): number {
  return lanesOf(mask).length;
}

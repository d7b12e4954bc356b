import { lanesOf } from "../codec/report.ts";
import type { StoredFeed } from "../types/chain.ts";
import type { FeedSpec } from "../types/committee.ts";
import type { FeedValues } from "../types/observation.ts";

const PARTS_PER_BILLION = 1_000_000_000n;

/** Whether |value − stored| is at least `ppb` parts per billion of |stored|. From zero every change counts. */
export function hasMoved(stored: bigint, value: bigint, ppb: number): boolean {
  const difference = value > stored ? value - stored : stored - value;
  const magnitude = stored < 0n ? -stored : stored;
  return difference > 0n && difference * PARTS_PER_BILLION >= magnitude * BigInt(ppb);
}

/** A feed is due if it is new, its heartbeat passed, or it moved by its threshold. `now` in Unix seconds. */
export function isDue(spec: FeedSpec, stored: StoredFeed, { value, now }: { value: bigint; now: number }): boolean {
  if (stored.updatedAt === 0 || now - stored.updatedAt >= spec.heartbeat) return true;
  return hasMoved(stored.value, value, spec.deviationPpb);
}

export interface DueInput {
  readonly specs: readonly FeedSpec[];
  /** One per feed, in canonical order. */
  readonly stored: readonly StoredFeed[];
  /** Unix seconds. */
  readonly now: number;
}

/** Lanes of a report that should be stored now: due, and not already stored from this report or a newer one. */
export function dueMask({ specs, stored, now }: DueInput, report: { sequence: bigint; feeds: FeedValues }): number {
  const due = lanesOf(report.feeds.mask).filter((lane) => {
    const [spec, held, value] = [specs[lane], stored[lane], report.feeds.values[lane]];
    if (spec === undefined || held === undefined || value === undefined) return false;
    return held.sequence < report.sequence && isDue(spec, held, { value, now });
  });
  return maskOf(due);
}

/** Lanes that a leader should favour before any value is known: new feeds and passed heartbeats. */
export function overdueMask({ specs, stored, now }: DueInput): number {
  const overdue = specs.flatMap((spec, lane) => {
    const held = stored[lane];
    return held === undefined || held.updatedAt === 0 || now - held.updatedAt >= spec.heartbeat ? [lane] : [];
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

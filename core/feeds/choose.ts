import type { AttributedObservation } from "../types/observation.ts";
import { lanesOf } from "../codec/report.ts";
import { countLanes, maskOf } from "./due.ts";

/** Distinct sets of common feeds that are compared: exact up to 8 different masks, and nodes seldom show more than a handful. */
const MAX_CANDIDATE_MASKS = 256;

/**
 * Chooses `count` observations whose common feeds hold as many of the `due` ones as possible, then as many as possible.
 * A common set is an intersection of masks; ties go to the lower mask number and the lower member indices,
 * so that equal inputs give equal choices. Undefined if no feed is common to any `count` of them.
 */
export function chooseObservations(
  observations: readonly AttributedObservation[],
  { count, due }: { count: number; due: number },
): readonly AttributedObservation[] | undefined {
  const carriers = (mask: number) =>
    observations.filter(({ observation }) => (observation.feeds.mask & mask) >>> 0 === mask);
  const score = (mask: number) => countLanes(mask & due) * 64 + countLanes(mask);
  const isCommon = (mask: number) => mask !== 0 && carriers(mask).length >= count;
  const closed = commonMasks(observations.map(({ observation }) => observation.feeds.mask));
  const feasible = [...closed.filter(isCommon), grownMask(due, isCommon)]
    .filter((mask) => mask !== 0)
    .sort((a, b) => score(b) - score(a) || a - b);
  const best = feasible[0];
  if (best === undefined) return undefined;
  return carriers(best)
    .toSorted((a, b) => a.observer - b.observer)
    .slice(0, count);
}

/** The masks and their intersections, closed under intersection up to the bound. */
function commonMasks(masks: readonly number[]): number[] {
  const closed = new Set(masks);
  for (const mask of closed) {
    for (const other of masks) {
      if (closed.size >= MAX_CANDIDATE_MASKS) return [...closed];
      closed.add((mask & other) >>> 0);
    }
  }
  return [...closed];
}

/** One common set, due feeds first: whatever masks the faulty members show, a feed that enough members carry is found. */
function grownMask(due: number, isCommon: (mask: number) => boolean): number {
  const lanes = [...lanesOf(due), ...lanesOf(~due)];
  return lanes
    .map((lane) => maskOf([lane]))
    .reduce((mask, lane) => {
      const larger = (mask | lane) >>> 0;
      return isCommon(larger) ? larger : mask;
    }, 0);
}

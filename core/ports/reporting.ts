import type { Hex } from "../types/hex.ts";
import type { AttributedObservation, FeedValues, Observation } from "../types/observation.ts";
import type { Report } from "../types/report.ts";

export type ReportFailureCode = "timestamp-outside-window" | "no-feed-in-common";

export type ReportOutcome =
  | { readonly kind: "report"; readonly report: Report; readonly feeds: FeedValues; readonly digest: Hex }
  | { readonly kind: "failed"; readonly code: ReportFailureCode };

/**
 * What the protocol agrees about, plugged in from outside so that `core/consensus` never knows prices.
 * Every method is pure: equal arguments give equal results on every node.
 */
export interface ReportingPlugin {
  /** Whether an observation is well-formed for this configuration (mask, lanes, ranges). Signatures are not looked at. */
  isWellFormed(observation: Observation): boolean;
  /**
   * Chooses exactly 2f+1 observations of one slot, in member order, so that the report carries as many of the `due`
   * feeds as it can. Undefined while no 2f+1 of them make a report: the leader waits for more.
   */
  choose(observations: readonly AttributedObservation[], due: number): readonly AttributedObservation[] | undefined;
  /**
   * Whether a choice leaves out a feed that an honest member observed: f+1 of the observations carry it. Those of further
   * members might bring it in.
   */
  leavesOut(observations: readonly AttributedObservation[], chosen: readonly AttributedObservation[]): boolean;
  /** The report of exactly 2f+1 observations in member order. */
  report(sequence: bigint, observations: readonly AttributedObservation[]): ReportOutcome;
}

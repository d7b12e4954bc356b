import type { Schedule } from "./schedule.ts";
import { CONNECT_MS } from "./network.ts";

/** The bounds of docs/invariants.md, INV-P4, in milliseconds after the last disturbance. */
export interface LivenessBounds {
  /** Some honest node finishes a round. */
  readonly someMs: number;
  /** Every honest node does. */
  readonly everyMs: number;
}

/**
 * Members gather in one epoch; it and up to 2f epochs of faulty leaders in a row, across a block's boundary, are lost; then
 * an honest leader's round. A faulty leader keeps its epoch only by finishing rounds, RMax of them, for some of the honest.
 */
export function livenessBounds({
  f,
  timing,
  calm,
  observingMs,
}: Pick<Schedule, "f" | "timing" | "calm" | "observingMs">): LivenessBounds {
  const { deltaRound, deltaGrace, deltaProgress, deltaResend, rMax } = timing;
  const delay = calm.maxDelayMs;
  const gather = CONNECT_MS + deltaProgress + deltaResend + 4 * delay;
  const patience = deltaRound / 4;
  const round = deltaRound + observingMs + deltaGrace + patience + 7 * delay;
  const lost = 2 * f + 1;
  return {
    someMs: gather + lost * (deltaProgress + 2 * delay) + round,
    everyMs: gather + lost * (rMax * deltaProgress + 2 * delay) + round,
  };
}

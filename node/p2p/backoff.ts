/** Milliseconds before the first further attempt to reach a member; each failure doubles it. */
const FIRST_PAUSE_MS = 100;
/** A member that was away for long is found again within this time. */
export const MAX_PAUSE_MS = 10_000;

/**
 * How long to wait before the next attempt after so many failures in a row. `random` of [0, 1) spreads it over the upper
 * half, so that members that lost each other at one moment do not all try again at one moment.
 */
export function pauseBeforeAttempt(failures: number, random: number): number {
  const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
  return (pause * (1 + random)) / 2;
}

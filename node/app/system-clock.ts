import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/ports/clock.ts";

/** Node clamps longer delays to 1 ms, with a warning. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The one place that reads the time and sets timers. */
export const systemClock: Clock = {
  now: monotonicNow,
  timeOfDay: () => Date.now(),
  wakeAt(at, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, at - monotonicNow()), MAX_DELAY_MS));
    return () => {
      clearTimeout(timer);
    };
  },
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};

/** Starts at the time of day and then runs evenly, whatever becomes of the system's clock. */
function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

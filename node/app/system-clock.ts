import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/ports/clock.ts";

/** Node clamps longer delays to 1 ms, with a warning. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The one place that reads the time and sets timers. */
export const systemClock: Clock = {
  now: monotonicNow,
  timeOfDay: () => Date.now(),
  wakeAt(at, callback) {
    let timer: NodeJS.Timeout;
    // Timers count whole milliseconds of the event loop's own time: they may fire a moment too early.
    const wait = (): void => {
      timer = setTimeout(() => (monotonicNow() < at ? wait() : callback()), boundedDelay(at - monotonicNow()));
    };
    wait();
    return () => {
      clearTimeout(timer);
    };
  },
  async sleep(ms, signal) {
    try {
      await delay(boundedDelay(ms), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  },
};

function boundedDelay(ms: number): number {
  return Math.min(Math.max(0, ms), MAX_DELAY_MS);
}

/** Starts at the time of day and then runs evenly, whatever becomes of the system's clock. */
function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

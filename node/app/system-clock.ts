import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/ports/clock.ts";

/** Node clamps longer delays to 1 ms, with a warning. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The one place that reads the time and sets timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wakeAt(at, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, at - Date.now()), MAX_DELAY_MS));
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

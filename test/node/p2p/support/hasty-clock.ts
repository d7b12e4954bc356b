import type { Clock } from "../../../../core/ports/clock.ts";
import { systemClock } from "../../../../node/app/system-clock.ts";

/** A clock that runs `factor` times as fast: what waits for seconds waits for milliseconds. */
export function hastyClock(factor: number): Clock {
  const start = systemClock.now();
  const real = (at: number): number => start + (at - start) / factor;
  return {
    now: () => start + (systemClock.now() - start) * factor,
    timeOfDay: () => systemClock.timeOfDay(),
    wakeAt: (at, callback) => systemClock.wakeAt(real(at), callback),
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}

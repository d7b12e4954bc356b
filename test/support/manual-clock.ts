import type { Clock } from "../../core/ports/clock.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that passes only when a test says so. Milliseconds since the Unix epoch. */
export interface ManualClock extends Clock {
  /** Fires what is due, in order, each at its own time; promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Timers and sleeps that still wait. */
  readonly pending: number;
}

/** Turns of the event loop that follow-up work of a timer may take. */
const SETTLE_TURNS = 5;

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start;
  const timers = new Set<Timer>();

  function wakeAt(at: number, callback: () => void): () => void {
    const timer: Timer = { at, fire: callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  return {
    now: () => now,
    timeOfDay: () => now,
    wakeAt,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const cancel = wakeAt(now + ms, resolve);
        signal?.addEventListener("abort", () => {
          cancel();
          resolve();
        });
      }),
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.fire();
        await settled();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets everything that waits for nothing but promises happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

import type { Log } from "../../core/ports/log.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { Observation } from "../../core/types/observation.ts";

export interface ObservingDeps {
  readonly observer: Observer;
  readonly log: Log;
  readonly onObservation: (observation: Observation) => void;
}

export interface Observing {
  start(sequence: bigint): void;
  stop(): Promise<void>;
}

/** One observation at a time: a new slot makes the old one's data worthless. */
export function createObserving({ observer, log, onObservation }: ObservingDeps): Observing {
  const running = new Set<Promise<void>>();
  let current: AbortController | undefined;
  return {
    start(sequence) {
      current?.abort();
      current = new AbortController();
      const { signal } = current;
      const job = observer
        .observe(sequence, signal)
        .then((observation) => {
          if (!signal.aborted) onObservation(observation);
        })
        .catch((error: unknown) => log.error({ sequence, error }, "observing failed"));
      running.add(job);
      void job.finally(() => running.delete(job));
    },
    async stop() {
      current?.abort();
      await Promise.all(running);
    },
  };
}

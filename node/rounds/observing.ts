import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { Timing } from "../../core/types/committee.ts";
import type { Observation } from "../../core/types/observation.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { RoundMetrics } from "./metrics.ts";
import { Recent } from "./recent.ts";

/** An observation begun before its round counts for the round if no more than this lies between, in milliseconds. */
export const MAX_AHEAD_MS = 1_000;
/** Observations by whose time the next one's is guessed, and which share of them had been ready in that time. */
const [LOOKED_BACK, READY] = [8, 0.75];

export interface ObservingDeps {
  readonly observer: Observer;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<RoundMetrics, "ahead">;
  /** The sources are asked, for a round that has started or is about to. */
  readonly onAsking: (sequence: bigint) => void;
  readonly onObservation: (observation: Observation) => void;
}

export interface Observing {
  /** The slot's round has started. */
  start(sequence: bigint): void;
  stop(): Promise<void>;
}

interface Job {
  readonly sequence: bigint;
  readonly since: number;
  readonly abort: AbortController;
  /** Whether it has failed by now. */
  readonly failed: () => boolean;
  /** Undefined where it failed, which the log tells. */
  readonly result: Promise<Observation | undefined>;
}

/**
 * One observation at a time: a new slot makes the old one's data worthless.
 *
 * Rounds of an epoch are DeltaRound apart, so a node knows when the next one starts and what its slot is. It asks its
 * sources as much earlier as they lately took, that the data is there when the round starts. What was asked for a
 * round that does not come, or comes late, is thrown away; nothing is signed before the leader has asked.
 */
export function createObserving(timing: Pick<Timing, "deltaRound" | "rMax">, deps: ObservingDeps): Observing {
  const { observer, clock, log, metrics, onAsking, onObservation } = deps;
  const limit = Math.min(MAX_AHEAD_MS, timing.deltaRound / 4);
  const took = new Recent(LOOKED_BACK);
  const running = new Set<Promise<unknown>>();
  let current: Job | undefined;
  let ahead: Job | undefined;
  let cancelTimer = (): void => undefined;

  function ask(sequence: bigint): Job {
    const since = clock.now();
    const abort = new AbortController();
    let failed = false;
    onAsking(sequence);
    const result = observer.observe(sequence, abort.signal).catch((error: unknown) => {
      failed = true;
      log.error({ sequence, error }, "observing failed");
      return undefined;
    });
    void result.then((observation) => {
      if (observation !== undefined && !abort.signal.aborted) took.push(clock.now() - since);
    });
    running.add(result);
    void result.finally(() => running.delete(result));
    return { sequence, since, abort, failed: () => failed, result };
  }

  function askAhead(sequence: bigint, startsAt: number): void {
    const lead = Math.min(limit / 2, took.percentile(READY) ?? 0);
    cancelTimer = clock.wakeAt(startsAt - lead, () => (ahead = ask(sequence)));
  }

  /** What was asked ahead, if it was for this slot, not too long ago, and has not failed. */
  function takeAhead(sequence: bigint): Job | undefined {
    const job = ahead;
    ahead = undefined;
    if (job === undefined) return undefined;
    const result = fateOf(job, { sequence, oldest: clock.now() - limit });
    metrics.ahead.add(1, { result });
    if (result === "used") return job;
    job.abort.abort();
    return undefined;
  }

  return {
    start(sequence) {
      const next = clock.now() + timing.deltaRound;
      current?.abort.abort();
      cancelTimer();
      const job = takeAhead(sequence) ?? ask(sequence);
      current = job;
      void job.result.then((observation) => {
        if (observation === undefined || job.abort.signal.aborted) return;
        onObservation(observation);
        if (slotOf(sequence).round < timing.rMax) askAhead(sequence + 1n, next);
      });
    },
    async stop() {
      cancelTimer();
      current?.abort.abort();
      ahead?.abort.abort();
      await Promise.all(running);
    },
  };
}

/** What becomes of an observation asked for ahead, now that a round has started. @param wanted.oldest the earliest beginning that counts. */
function fateOf(
  job: Job,
  { sequence, oldest }: { sequence: bigint; oldest: number },
): "used" | "late" | "other-slot" | "failed" {
  if (job.sequence !== sequence) return "other-slot";
  if (job.since < oldest) return "late";
  return job.failed() ? "failed" : "used";
}

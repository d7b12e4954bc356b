import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";

/** What a node reads of its configuration: its own file, its fetchers' files, the committee's on the chain. */
const CONFIG_READS = ["node", "fetcher", "committee"] as const;
export type ConfigRead = (typeof CONFIG_READS)[number];

/** A local file takes under a millisecond, a registry nearby some ten: longer, and a start hangs on a disk or an endpoint. */
const BLOCKED_MS = 50;
/** Seconds, around the bound of 0.05. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

export interface ConfigReadsOptions {
  /** Milliseconds above which a read counts as blocked. Default 50. */
  readonly blockedMs?: number;
}

export interface ConfigReadsDeps {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly meter: Meter;
}

/** The one place where reads of configuration are timed. */
export interface ConfigReads {
  timed<T>(what: ConfigRead, read: () => Promise<T>): Promise<T>;
  /** Of a read that was over before there was anything to tell. */
  took(what: ConfigRead, ms: number): void;
}

export function createConfigReads(
  { blockedMs = BLOCKED_MS }: ConfigReadsOptions,
  { clock, log, meter }: ConfigReadsDeps,
): ConfigReads {
  const duration = meter.histogram({
    name: "config_fetch_seconds",
    help: "Duration of the node's reads of its configuration.",
    labels: ["what"],
    buckets: BUCKETS,
  });
  const blocked = meter.counter({
    name: "config_fetch_blocked_total",
    help: "Reads of configuration that took longer than 50 ms.",
    labels: ["what"],
  });

  // An increase is seen only of a counter that is there before.
  for (const what of CONFIG_READS) blocked.add(0, { what });

  function took(what: ConfigRead, ms: number): void {
    duration.observe(ms / 1_000, { what });
    if (ms <= blockedMs) return;
    blocked.add(1, { what });
    log.warn({ event: "config_fetch_blocked", what, ms }, "a read of the configuration was slow");
  }

  return {
    took,
    async timed(what, read) {
      const start = clock.now();
      try {
        return await read();
      } finally {
        took(what, clock.now() - start);
      }
    },
  };
}

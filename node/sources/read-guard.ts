import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Reading } from "../../core/ports/source.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import { createHandshakeMetrics, resultOf } from "./metrics.ts";
import { watchHandshakes } from "./tls-handshake.ts";

/** A handshake takes one or two round trips and half a millisecond of work: a source of the same continent stays below. */
const SLOW_HANDSHAKE_MS = 30;

export interface ReadGuardOptions {
  /** Milliseconds above which a handshake is slow. Default 30. */
  readonly slowHandshakeMs?: number;
}

export interface ReadGuardDeps {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly meter: Meter;
  readonly tracer: Tracer;
}

export interface GuardedRead {
  readonly source: string;
  readonly traceparent?: string | undefined;
}

/**
 * Watches reads: a span for each, an event for each TLS handshake that is slow, and a line of the log where a source's readings
 * begin to fail, fail for another reason, or succeed again. Changes no reading.
 */
export type ReadGuard = (read: GuardedRead, work: () => Promise<Reading>) => Promise<Reading>;

export function createReadGuard(
  { slowHandshakeMs = SLOW_HANDSHAKE_MS }: ReadGuardOptions,
  { clock, log, meter, tracer }: ReadGuardDeps,
): ReadGuard {
  const metrics = createHandshakeMetrics(meter);
  const failing = createFailureLog(log);
  return async ({ source, traceparent }, work) => {
    const traceId = traceIdOf(traceparent);
    const startMs = clock.now();
    let slowest: number | undefined;
    const onHandshake = (ms: number): void => {
      const slow = ms > slowHandshakeMs;
      slowest = Math.max(slowest ?? 0, ms);
      metrics.handshake(source, { seconds: ms / 1_000, slow });
      if (slow)
        log.warn({ event: "tls_handshake_slow", source, ms, traceId }, "the TLS handshake with a source is slow");
    };
    const reading = await watchHandshakes({ now: () => clock.now(), onHandshake }, work);
    failing(source, reading);
    if (traceId !== undefined && tracer.samples(traceId)) {
      const failed = reading.kind === "failed";
      const attributes = { source, result: resultOf(reading), ...handshakeTags(slowest, slowHandshakeMs) };
      tracer.record({ name: "source.fetch", traceId, startMs, endMs: clock.now(), attributes, failed });
    }
    return reading;
  };
}

/** Says once what became of a source, not with every round. */
function createFailureLog(log: Log): (source: string, reading: Reading) => void {
  const codes = new Map<string, string>(); // one for each source that fails
  return (source, reading) => {
    const before = codes.get(source);
    if (reading.kind === "failed") {
      codes.set(source, reading.code);
      if (reading.code === before) return;
      const { code, message: reason } = reading;
      log.warn({ event: "source_failing", source, code, reason }, "readings of a source fail and do not count");
    } else if (codes.delete(source))
      log.info({ event: "source_recovered", source }, "readings of a source count again");
  };
}

function handshakeTags(ms: number | undefined, slowMs: number): Readonly<Record<string, number | boolean>> {
  return ms === undefined ? {} : { tls_handshake_ms: ms, ...(ms > slowMs ? { tls_handshake_slow: true } : {}) };
}

/** The trace id of a W3C `traceparent`. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? "")?.[1];
}

import type { Meter } from "../../core/ports/meter.ts";
import type { Reading, SourceFailureCode } from "../../core/ports/source.ts";

/** `ok`, `status` for an answer of 400 and above, or why the reading failed. */
export type ReadResult = "ok" | SourceFailureCode;

export interface SourceMetrics {
  /** `source` is a declared id, never a guest's text: labels must stay few. */
  read(source: string, result: ReadResult, seconds: number): void;
}

/** Seconds. The default time-out is 0.5, so what lies beyond it was configured to. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createSourceMetrics(meter: Meter): SourceMetrics {
  const reads = meter.counter({
    name: "source_reads_total",
    help: "Readings of data sources, by result.",
    labels: ["source", "result"],
  });
  const duration = meter.histogram({
    name: "source_read_seconds",
    help: "Duration of readings, waiting for a free place included.",
    labels: ["source"],
    buckets: BUCKETS,
  });
  return {
    read(source, result, seconds) {
      reads.add(1, { source, result });
      duration.observe(seconds, { source });
    },
  };
}

export function resultOf(reading: Reading): ReadResult {
  if (reading.kind === "failed") return reading.code;
  return reading.status >= 400 ? "status" : "ok";
}

export interface HandshakeMetrics {
  handshake(source: string, measured: { readonly seconds: number; readonly slow: boolean }): void;
}

/** Seconds, around the bound of 0.03. */
const HANDSHAKE_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5];

export function createHandshakeMetrics(meter: Meter): HandshakeMetrics {
  const duration = meter.histogram({
    name: "source_tls_handshake_seconds",
    help: "Duration of the TLS handshakes of new connections to sources.",
    labels: ["source"],
    buckets: HANDSHAKE_BUCKETS,
  });
  const slow = meter.counter({
    name: "tls_handshake_slow_total",
    help: "TLS handshakes with sources that took longer than 30 ms.",
    labels: ["source"],
  });
  return {
    handshake(source, measured) {
      duration.observe(measured.seconds, { source });
      // An increase is seen only of a counter that is there before.
      slow.add(measured.slow ? 1 : 0, { source });
    },
  };
}

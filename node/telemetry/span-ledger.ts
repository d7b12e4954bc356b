import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";

/** Why a span never reached the collector. */
const LOSSES = ["queue-full", "export-failed", "stopped", "invalid"] as const;
type Loss = (typeof LOSSES)[number];

/** A collector that is down fails every few seconds: one line tells as much as a thousand. */
const LOG_EVERY_MS = 60_000;
/** OpenTelemetry's ExportResultCode. */
const SUCCESS = 0;

export interface SpanLedgerDeps {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly meter: Meter;
}

/** Knows how many spans wait, and what became of the others. */
export class SpanLedger {
  #waiting = 0;
  #quietUntil = -Infinity;
  readonly #maximum: number;
  readonly #deps: SpanLedgerDeps;
  readonly #exported;
  readonly #dropped;

  /** @param maximum spans that may wait, those under way included. */
  constructor(maximum: number, deps: SpanLedgerDeps) {
    this.#maximum = maximum;
    this.#deps = deps;
    this.#exported = deps.meter.counter({ name: "otlp_spans_exported_total", help: "Spans that the collector took." });
    this.#dropped = deps.meter.counter({
      name: "otlp_spans_dropped_total",
      help: "Spans that never reached the collector, by reason.",
      labels: ["reason"],
    });
    // An increase is seen only of a counter that is there before.
    for (const reason of LOSSES) this.#dropped.add(0, { reason });
  }

  /** Whether there is a place for one more span, which is then taken. */
  admit(): boolean {
    if (this.#waiting >= this.#maximum) {
      this.#dropped.add(1, { reason: "queue-full" satisfies Loss });
      return false;
    }
    this.#waiting += 1;
    return true;
  }

  /** Counts a span that cannot be sent. */
  refuse(): void {
    this.#dropped.add(1, { reason: "invalid" satisfies Loss });
  }

  /** An exporter whose outcomes are entered here. */
  over(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          const code: number = result.code;
          this.#settle(spans, code === SUCCESS ? undefined : (result.error ?? new Error("no reason given")));
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
    };
  }

  /** Gives up what still waits. */
  abandon(): void {
    if (this.#waiting > 0) this.#dropped.add(this.#waiting, { reason: "stopped" satisfies Loss });
    this.#waiting = 0;
  }

  #settle({ length }: readonly ReadableSpan[], error: Error | undefined): void {
    // After `abandon` a late answer finds nothing to settle.
    const settled = Math.min(length, this.#waiting);
    this.#waiting -= settled;
    if (error === undefined) this.#exported.add(settled);
    else this.#failed(settled, error);
  }

  #failed(spans: number, error: Error): void {
    const { clock, log } = this.#deps;
    this.#dropped.add(spans, { reason: "export-failed" satisfies Loss });
    if (clock.now() < this.#quietUntil) return;
    this.#quietUntil = clock.now() + LOG_EVERY_MS;
    log.warn({ spans, reason: error.message }, "the collector takes no traces: check `telemetry.traces.endpoint`");
  }
}

import {
  type HrTime,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer as OpenTelemetryTracer,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  SamplingDecision,
  TracerProvider,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { SpanRecord, Tracer } from "../../core/ports/tracer.ts";
import { SpanLedger } from "./span-ledger.ts";

export interface OtlpTracerOptions {
  /** Base URL of an OTLP/HTTP collector: `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  /** Share of the traces that is kept, 0 to 1. */
  readonly ratio: number;
  /** Its name. */
  readonly node: string;
  /** Milliseconds that spans are gathered before they are sent. Default 5 s. */
  readonly delayMs?: number;
}

export interface OtlpTracerDeps {
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly log: Log;
  readonly meter: Meter;
}

/** About 2 MB. A round of eight feeds makes some sixty spans, so this holds thirty rounds of a collector's pause. */
const MAX_WAITING_SPANS = 2_048;
/** Some 250 KB of JSON. */
const BATCH_SPANS = 512;
const DELAY_MS = 5_000;
const EXPORT_TIMEOUT_MS = 5_000;
/** A node that stops does not wait longer for its collector. */
const STOP_MS = 2_000;
const MAX_ATTRIBUTES = 32;
const MAX_ATTRIBUTE_CHARACTERS = 1_024;

/** Sends spans to a collector as OTLP, JSON over HTTP. Spans keep their rounds' trace ids. */
export function createOtlpTracer(options: OtlpTracerOptions, deps: OtlpTracerDeps): Tracer {
  const ledger = new SpanLedger(MAX_WAITING_SPANS, deps);
  const sampler = new TraceIdRatioBasedSampler(options.ratio);
  const provider = createProvider(options, { ledger, sampler });
  const tracer = provider.getTracer("quorate");
  let stopped: Promise<void> | undefined;

  const samples = (traceId: string) =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;

  async function stop(): Promise<void> {
    const waited = new AbortController();
    const flushed = provider.shutdown().catch(() => undefined); // Each failure is in the ledger already.
    await Promise.race([flushed, deps.clock.sleep(STOP_MS, waited.signal)]);
    waited.abort();
    ledger.abandon();
  }

  return {
    samples,
    record(span) {
      if (stopped !== undefined || !samples(span.traceId)) return;
      // One span without a time would cost its whole batch.
      if (!Number.isFinite(span.startMs + span.endMs)) ledger.refuse();
      else if (ledger.admit()) emit(tracer, span);
    },
    stop: () => (stopped ??= stop()),
  };
}

function createProvider(
  { endpoint, node, delayMs = DELAY_MS }: OtlpTracerOptions,
  { ledger, sampler }: { ledger: SpanLedger; sampler: TraceIdRatioBasedSampler },
): TracerProvider {
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const exporter = ledger.over(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }));
  return new TracerProvider({
    sampler,
    resource: resourceFromAttributes({ "service.name": "quorate", "service.instance.id": node }),
    spanLimits: { attributeCountLimit: MAX_ATTRIBUTES, attributeValueLengthLimit: MAX_ATTRIBUTE_CHARACTERS },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING_SPANS,
        maxExportBatchSize: BATCH_SPANS,
        scheduledDelayMillis: delayMs,
        // Later than the exporter's own, so that each batch is settled by the exporter.
        exportTimeoutMillis: 2 * EXPORT_TIMEOUT_MS,
      }),
    ],
  });
}

function emit(tracer: OpenTelemetryTracer, { name, traceId, startMs, endMs, attributes, failed }: SpanRecord): void {
  const round = trace.setSpanContext(ROOT_CONTEXT, roundContext(traceId));
  const span = tracer.startSpan(name, { startTime: hrTime(startMs), attributes }, round);
  if (failed === true) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(hrTime(Math.max(startMs, endMs)));
}

/** The round itself, as a remote parent that all nodes name alike. */
function roundContext(traceId: string): SpanContext {
  return { traceId, spanId: traceId.slice(16), traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

/** Seconds and nanoseconds: a plain number would be taken for time since the process's start if it is small. */
function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.min(Math.round((ms % 1_000) * 1e6), 999_999_999)];
}

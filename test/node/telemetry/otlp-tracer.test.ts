import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import fc from "fast-check";
import type { SpanRecord, Tracer } from "../../../core/ports/tracer.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { createOtlpTracer, type OtlpTracerOptions } from "../../../node/telemetry/otlp-tracer.ts";
import { NO_TRACER } from "../../../node/telemetry/no-tracer.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { until } from "../../support/until.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";
import { type ReceivedSpan, startOtlpReceiver } from "./support/otlp-receiver.ts";

const traceId = fc.stringMatching(/^[0-9a-f]{32}$/).filter((id) => !/^0{16}|0{16}$/.test(id));
const span = (change: Partial<SpanRecord> = {}): SpanRecord => ({
  ...{
    name: "wasm.execute",
    traceId: "0123456789abcdef".repeat(2),
    startMs: 1_700_000_000_000.25,
    endMs: 1_700_000_000_001.5,
  },
  attributes: { wasm_module_id: "0xabcd", func_name: "observe", ns_elapsed: 1_250_000, ok: true },
  ...change,
});

const receiver = await startOtlpReceiver();
after(() => receiver.stop());

const meter = createRecordingMeter();
const log = createRecordingLog();
const tracers: Tracer[] = [];
const create = (options: Partial<OtlpTracerOptions> = {}): Tracer => {
  const settings = { endpoint: receiver.url, ratio: 1, node: "node-3", delayMs: 20, ...options };
  const tracer = createOtlpTracer(settings, { clock: systemClock, log, meter });
  tracers.push(tracer);
  return tracer;
};

for (const [name, of] of [
  ["the OTLP tracer", () => create({ ratio: 0.5 })],
  ["no tracer", () => NO_TRACER],
] as const) {
  describe(`${name}, as a Tracer,`, () => {
    it("decides by the trace id alone, and takes anything without throwing", async () => {
      const [one, other] = [of(), of()];
      fc.assert(
        fc.property(traceId, (id) => one.samples(id) === other.samples(id) && one.samples(id) === one.samples(id)),
      );
      for (const id of ["", "0".repeat(32), "not hexadecimal", "f".repeat(64), "12".repeat(16)])
        one.record(span({ traceId: id, startMs: NaN, endMs: -1 }));
      await Promise.all([one.stop(), one.stop(), other.stop()]);
      one.record(span());
    });
  });
}

describe("the OTLP tracer", () => {
  afterEach(() => Promise.all(tracers.splice(0).map((tracer) => tracer.stop())));

  it("sends spans as OTLP/HTTP JSON, with their round's trace id, times, attributes, and whose they are", async () => {
    const tracer = create();
    tracer.record(span());
    tracer.record(span({ name: "wasm.compile", failed: true }));
    await until("both spans", () => receiver.spans.length >= 2);
    const [first, second] = receiver.spans as [ReceivedSpan, ReceivedSpan];
    assert.equal(receiver.requests[0], "/v1/traces application/json");
    assert.deepEqual(first.attributes, span().attributes);
    assert.equal(first.traceId, span().traceId);
    assert.equal(first.parentSpanId, span().traceId.slice(16), "the round");
    assert.deepEqual([first.startTimeUnixNano, first.endTimeUnixNano], ["1700000000000250000", "1700000000001500000"]);
    assert.deepEqual([first.status.code, second.name, second.status.code], [0, "wasm.compile", 2]);
    const { "service.name": service, "service.instance.id": node } = first.resource;
    assert.deepEqual([service, node], ["quorate", "node-3"]);
  });

  it("keeps the share of traces that it is told to, all spans of one or none", () => {
    const ids = fc.sample(traceId, { numRuns: 4_000, seed: 1 });
    const kept = (ratio: number) => {
      const tracer = create({ ratio });
      return ids.filter((id) => tracer.samples(id)).length;
    };
    assert.equal(kept(0), 0);
    assert.equal(kept(1), ids.length);
    assert.ok(Math.abs(kept(0.25) - 1_000) < 200, String(kept(0.25)));
  });

  it("sends nothing of a trace that it does not keep", async () => {
    const sent = receiver.spans.length;
    const tracer = create({ ratio: 0 });
    tracer.record(span());
    await tracer.stop();
    assert.equal(receiver.spans.length, sent);
  });

  it("drops a span without times, which would cost its whole batch", async () => {
    const before = meter.total("otlp_spans_dropped_total", { reason: "invalid" });
    const tracer = create();
    tracer.record(span({ startMs: NaN }));
    tracer.record(span({ name: "beside.it" }));
    await tracer.stop();
    assert.equal(receiver.spans.at(-1)?.name, "beside.it");
    assert.equal(meter.total("otlp_spans_dropped_total", { reason: "invalid" }), before + 1);
  });

  it("sends what waits when it is stopped", async () => {
    const tracer = create({ delayMs: 60_000 });
    tracer.record(span({ name: "last.words" }));
    await tracer.stop();
    assert.equal(receiver.spans.at(-1)?.name, "last.words");
  });

  it("counts what the collector refuses, and logs it once a minute", async () => {
    const before = meter.total("otlp_spans_dropped_total", { reason: "export-failed" });
    receiver.answer(400);
    const tracer = create();
    for (let round = 1; round <= 3; round++) {
      tracer.record(span());
      await until(
        "the loss",
        () => meter.total("otlp_spans_dropped_total", { reason: "export-failed" }) === before + round,
      );
    }
    const told = log.lines.filter(({ message }) => message.includes("telemetry.traces.endpoint"));
    assert.deepEqual(
      told.map(({ level }) => level),
      ["warn"],
    );
    receiver.answer(200);
  });

  it("drops and counts spans above its bound, and does not wait for a collector that never answers", async () => {
    receiver.answer(undefined);
    const before = meter.total("otlp_spans_dropped_total", { reason: "queue-full" });
    const tracer = create({ delayMs: 60_000 });
    for (let i = 0; i < 3_000; i++) tracer.record(span());
    assert.equal(meter.total("otlp_spans_dropped_total", { reason: "queue-full" }) - before, 3_000 - 2_048);
    await tracer.stop();
    assert.equal(meter.total("otlp_spans_dropped_total", { reason: "stopped" }), 2_048);
    receiver.answer(200);
  });
});

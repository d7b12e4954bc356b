import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { SpanRecord, Tracer } from "../../../core/ports/tracer.ts";
import { ColdStarts } from "../../../node/sandbox/cold-starts.ts";
import { createSandboxMetrics } from "../../../node/sandbox/metrics.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { createRecordingMeter } from "./support/recording-meter.ts";

const SUBJECT = { module: "0x01", name: "ticker" } as const;
const ROUND = "ab".repeat(16);

describe("a module's cold start", () => {
  let spans: SpanRecord[];
  let log: ReturnType<typeof createRecordingLog>;
  let meter: ReturnType<typeof createRecordingMeter>;
  let starts: ColdStarts;
  /** Keeps one trace in 16. */
  const tracer: Tracer = {
    samples: (traceId) => traceId.startsWith("0"),
    record: (span) => void spans.push(span),
    stop: () => Promise.resolve(),
  };
  beforeEach(() => {
    spans = [];
    log = createRecordingLog();
    meter = createRecordingMeter();
    starts = new ColdStarts({ limitMs: 80 }, { log, metrics: createSandboxMetrics(meter), tracer });
  });

  it("is a histogram and a span per stage, all of one trace that is kept", () => {
    starts.passed(SUBJECT, [
      { stage: "instrument", startMs: 0, endMs: 20 },
      { stage: "compile", startMs: 20, endMs: 25 },
    ]);
    starts.passed({ ...SUBJECT, traceId: ROUND }, [{ stage: "first_call", startMs: 30, endMs: 31 }]);
    assert.deepEqual(
      spans.map(({ name }) => name),
      ["wasm.instrument", "wasm.compile", "wasm.first_call"],
    );
    assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
    assert.match(spans[0]?.traceId ?? "", /^0[0-9a-f]{31}$/);
    assert.deepEqual(spans[2]?.attributes, { wasm_module_id: "0x01", wasm_module_name: "ticker", round: ROUND });
    assert.equal(meter.last("wasm_cold_start_seconds", { stage: "compile" }), 0.005);
    assert.equal(log.lines.length, 0);
  });

  it("is an event where a stage passes the limit, with the stages before it and the worker's stack", () => {
    starts.passed(SUBJECT, [{ stage: "instrument", startMs: 0, endMs: 20 }]);
    const snapshot = { source: "profile", frames: ["parse", "observe"] } as const;
    starts.passed({ ...SUBJECT, traceId: ROUND }, [{ stage: "first_call", startMs: 100, endMs: 180, snapshot }]);
    assert.deepEqual(
      log.lines.map(({ level, fields }) => ({ level, ...fields })),
      [
        {
          ...{
            level: "warn",
            event: "wasm_cold_start_slow",
            module: "0x01",
            name: "ticker",
            stage: "first_call",
            ms: 80,
          },
          ...{ traceId: ROUND, stages: { instrument: 20, first_call: 80 } },
          ...{ stack: ["parse", "observe"], stackSource: "profile" },
        },
      ],
    );
    assert.equal(meter.total("wasm_cold_start_slow_total", { stage: "first_call" }), 1);
  });

  it("has a trace of its own outside any round, without a tracer too", () => {
    const untraced = new ColdStarts({ limitMs: 80 }, { log, metrics: createSandboxMetrics(meter), tracer: undefined });
    untraced.passed(SUBJECT, [{ stage: "compile", startMs: 0, endMs: 100 }]);
    assert.match(String(log.lines[0]?.fields.traceId), /^[0-9a-f]{32}$/);
  });
});

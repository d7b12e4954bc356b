import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPrometheusMeter } from "../../../node/telemetry/prometheus-meter.ts";

describe("prometheus meter", () => {
  it("exposes counters, gauges and histograms with their labels, beside the process's own metrics", async () => {
    const meter = createPrometheusMeter();
    const counter = meter.counter({ name: "frames_total", help: "Frames.", labels: ["direction"] });
    counter.add(2, { direction: "in" });
    counter.add(1, { direction: "in" });
    meter.gauge({ name: "epoch", help: "Epoch." }).set(7);
    meter.histogram({ name: "round_seconds", help: "Rounds.", buckets: [0.1, 1] }).observe(0.5);
    const text = await meter.exposition();
    for (const line of [
      'frames_total{direction="in"} 3',
      "epoch 7",
      'round_seconds_bucket{le="0.1"} 0',
      'round_seconds_bucket{le="1"} 1',
      "round_seconds_count 1",
      "# HELP epoch Epoch.",
    ])
      assert.ok(text.includes(line), line);
    assert.match(text, /^process_cpu_seconds_total /m);
    assert.match(meter.contentType, /^text\/plain/);
  });

  it("gives components of one kind the same metric", async () => {
    const meter = createPrometheusMeter();
    const options = { name: "reads_total", help: "Reads." };
    meter.counter(options).add(1);
    meter.counter(options).add(1);
    assert.match(await meter.exposition(), /^reads_total 2$/m);
    assert.throws(() => meter.gauge(options), "one name for two kinds");
  });

  it("of two nodes in one process do not mix", async () => {
    const [one, other] = [createPrometheusMeter(), createPrometheusMeter()];
    one.counter({ name: "reads_total", help: "Reads." }).add(1);
    assert.doesNotMatch(await other.exposition(), /reads_total/);
  });
});

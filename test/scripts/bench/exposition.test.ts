import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseExposition } from "../../../scripts/bench/rounds/exposition.ts";
import { createPrometheusMeter } from "../../../node/telemetry/prometheus-meter.ts";

describe("parseExposition", () => {
  it("reads what a node's meter writes", async () => {
    const meter = createPrometheusMeter();
    meter.counter({ name: "p2p_bytes_total", help: "Bytes.", labels: ["direction"] }).add(42, { direction: "out" });
    meter.counter({ name: "rounds_final_total", help: "Rounds." }).add(3);
    const samples = parseExposition(await meter.exposition());
    assert.equal(samples.get('p2p_bytes_total{direction="out"}'), 42);
    assert.equal(samples.get("rounds_final_total"), 3);
    // What the benchmark asks for besides, from prom-client's defaults.
    for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes"]) {
      assert.ok((samples.get(name) ?? 0) > 0, name);
    }
  });

  it("skips comments and empty lines, and takes labels as they stand", () => {
    const samples = parseExposition(
      '# HELP a b\n# TYPE a counter\n\na{x="1 2",y="}"} 1.5e3\nb 7 1700000000\nno value here\n',
    );
    assert.deepEqual(
      [...samples],
      [
        ['a{x="1 2",y="}"}', 1500],
        ["b", 7],
      ],
    );
  });
});

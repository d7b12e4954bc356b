import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createConfigReads } from "../../../node/app/config-reads.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

function createReads() {
  const [clock, log, meter] = [createManualClock(), createRecordingLog(), createRecordingMeter()];
  const reads = createConfigReads({}, { clock, log, meter });
  const taking =
    (ms: number, fail = false) =>
    async () => {
      await clock.advance(ms);
      if (fail) throw new Error("no such file");
      return "read";
    };
  return { log, meter, reads, taking };
}

describe("reads of configuration", () => {
  it("are timed, and say nothing up to 50 ms", async () => {
    const { log, meter, reads, taking } = createReads();
    assert.equal(await reads.timed("fetcher", taking(50)), "read");
    assert.equal(meter.total("config_fetch_seconds", { what: "fetcher" }), 1);
    assert.equal(meter.total("config_fetch_blocked_total"), 0);
    assert.deepEqual(log.lines, []);
  });

  it("above it are an event, and count by what was read", async () => {
    const { log, meter, reads, taking } = createReads();
    await reads.timed("committee", taking(51));
    reads.took("node", 75.5);
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields]),
      [
        ["warn", { event: "config_fetch_blocked", what: "committee", ms: 51 }],
        ["warn", { event: "config_fetch_blocked", what: "node", ms: 75.5 }],
      ],
    );
    for (const what of ["committee", "node"]) assert.equal(meter.total("config_fetch_blocked_total", { what }), 1);
  });

  it("count also where they fail in the end", async () => {
    const { meter, reads, taking } = createReads();
    await assert.rejects(reads.timed("committee", taking(5_000, true)), /no such file/);
    assert.equal(meter.total("config_fetch_blocked_total", { what: "committee" }), 1);
  });
});

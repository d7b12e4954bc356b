import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createGuestHost } from "../../../../node/host-functions/guest-host.ts";
import { DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { createPrometheusMeter } from "../../../../node/telemetry/prometheus-meter.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { reactor } from "../support/wat.ts";
import { createArena, ROUND, type Arena } from "./arena.ts";

const ROUNDS = 40;
const HOST = ["log", "metrics"] as const;

/** Makes 64 measurements and log lines a phase; names, labels and texts are new in each round. */
const flooder = () =>
  reactor({
    imports: `(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "quorate" "log" (func $log (param i32 i32 i32)))
      (import "quorate" "counter_add" (func $count (param i32 i32 i32 i32 i64)))
      (import "quorate" "gauge_set" (func $gauge (param i32 i32 i32 i32 f64)))`,
    observe: `(local $round i32) (local $i i32)
      (loop $next
        (drop (call $random (i32.const 200) (i32.const 8)))
        (local.set $i (i32.const 200))
        (loop $letter
          (i32.store8 (local.get $i)
            (i32.add (i32.const 97) (i32.and (i32.load8_u (local.get $i)) (i32.const 15))))
          (br_if $letter (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 208))))
        (call $log (i32.const 3) (i32.const 200) (i32.const 8))
        (call $count (i32.const 100) (i32.const 5) (i32.const 200) (i32.const 8) (i64.const 1))
        (call $gauge (i32.const 200) (i32.const 8) (i32.const 0) (i32.const 0) (f64.const 1))
        (br_if $next (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 64))))`,
    more: '(data (i32.const 100) "ticks")',
  });

describe("a module that floods the node's telemetry, round after round", { timeout: 60_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena()));
  after(() => arena.stop());

  it("gets few series and few lines; the rest is counted", async (context) => {
    const [log, meter] = [createRecordingLog(), createPrometheusMeter()];
    const module = await arena.sandbox.admit(await flooder(), { ...DEFAULT_TERMS, name: "flooder", host: HOST });
    const guests = createGuestHost(
      { modules: [{ module, name: "flooder", host: HOST }] },
      { sandbox: arena.sandbox, log, meter, clock: createManualClock() },
    );
    for (let round = 0; round < ROUNDS; round++) {
      const result = await guests.call({ ...ROUND, module, time: ROUND.time + round });
      assert.equal(result.kind, "output");
    }
    const samples = (await meter.exposition()).split("\n").filter((line) => line.startsWith("wasm_custom_"));
    context.diagnostic(`${samples.length} series, ${log.lines.length} log lines of ${64 * ROUNDS} each`);
    // Sixteen names; of `ticks` 32 labels and `other`; and the counter of what was dropped.
    assert.ok(samples.length > 10 && samples.length <= 16 + 32 + 2, `${samples.length} series`);
    assert.ok(samples.some((line) => line.startsWith('wasm_custom_dropped_total{module="flooder"}')));
    assert.ok(log.lines.length > 10 && log.lines.length < 500, `${log.lines.length} lines`);
    await arena.innocentIsServed();
  });
});

import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "node:test";
import { createGuestHost } from "../../../node/host-functions/guest-host.ts";
import { openModuleStorage } from "../../../node/module-storage/module-storage.ts";
import { createSandbox, DEFAULT_TERMS } from "../../../node/sandbox/sandbox.ts";
import { createPrometheusMeter } from "../../../node/telemetry/prometheus-meter.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { reactor } from "../sandbox/support/wat.ts";
import { SMALL_LAYOUT } from "../module-storage/support/layouts.ts";

/** Counts its runs in its storage, from the digit 0 on; says so in the log and measures it. Answers the digit. */
const counting = () =>
  reactor({
    imports: `
      (import "quorate" "log" (func $log (param i32 i32 i32)))
      (import "quorate" "counter_add" (func $count (param i32 i32 i32 i32 i64)))
      (import "quorate" "gauge_set" (func $gauge (param i32 i32 i32 i32 f64)))
      (import "quorate" "storage_get" (func $get (param i32 i32 i32 i32) (result i32)))
      (import "quorate" "storage_set" (func $set (param i32 i32 i32 i32) (result i32)))`,
    observe: `
      (drop (call $get (i32.const 100) (i32.const 4) (i32.const 200) (i32.const 1)))
      (i32.store8 (i32.const 200) (i32.add (i32.load8_u (i32.const 200)) (i32.const 1)))
      (drop (call $set (i32.const 100) (i32.const 4) (i32.const 200) (i32.const 1)))
      (call $log (i32.const 1) (i32.const 196) (i32.const 5))
      (call $count (i32.const 100) (i32.const 4) (i32.const 0) (i32.const 0) (i64.const 1))
      (call $gauge (i32.const 104) (i32.const 4) (i32.const 200) (i32.const 1) (f64.const 2.5))
      (return (i64.or (i64.const ${200n << 32n}) (i64.const 1)))`,
    more: `(data (i32.const 100) "runslast") (data (i32.const 196) "run 0")`,
  });

describe("host functions as a whole", { timeout: 60_000 }, () => {
  const folder = path.join(scratchFolder(), "storage");

  it("a module's storage outlives the process; its log and metrics are those of the node", async () => {
    const bytes = await counting();
    const log = createRecordingLog();
    const meter = createPrometheusMeter();
    const said = () => log.lines.flatMap(({ message, fields }) => (message === "a module says" ? [fields.text] : []));
    /** The life of a node that makes two rounds. */
    async function live(): Promise<readonly string[]> {
      const sandbox = await createSandbox({ workers: 1 }, { log, meter });
      const storage = await openModuleStorage({ folder, layout: SMALL_LAYOUT }, { log, meter });
      try {
        const host = ["log", "metrics", "storage"] as const;
        const module = await sandbox.admit(bytes, { ...DEFAULT_TERMS, name: "counting", host });
        const modules = [{ module, name: "counting", host }];
        const guests = createGuestHost({ modules }, { sandbox, storage, log, meter, clock: createManualClock() });
        const answers: string[] = [];
        for (const phase of ["observe", "observe"] as const) {
          const result = await guests.call({ module, phase, input: new Uint8Array(4), feed: "A/USD", time: 1 });
          assert.ok(
            result.kind === "output",
            JSON.stringify(result, (_, value: unknown) => String(value)),
          );
          answers.push(Buffer.from(result.output).toString());
        }
        return answers;
      } finally {
        await sandbox.stop();
        await storage.close();
      }
    }
    assert.deepEqual(await live(), ["1", "2"]);
    assert.deepEqual(await live(), ["3", "4"]);
    assert.deepEqual(said(), ["run 1", "run 2", "run 3", "run 4"]);
    const exposition = await meter.exposition();
    assert.match(exposition, /^wasm_custom_runs_total\{module="counting",label=""\} 4$/m);
    assert.match(exposition, /^wasm_custom_last\{module="counting",label="4"\} 2.5$/m);
  });
});

import assert from "node:assert/strict";
import { execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Sandbox } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { permissionFlags } from "../../../node/sandbox/process/sandbox-process.ts";
import { DEFAULT_LIMITS, MAX_INPUT_BYTES, createSandbox, type SandboxOptions } from "../../../node/sandbox/sandbox.ts";
import { withCode } from "../../support/error-code.ts";
import { silentLog } from "../../support/silent-log.ts";
import { fetcher, i32, op } from "./support/assemble.ts";
import { createRecordingMeter } from "./support/recording-meter.ts";
import { failureOf } from "./support/run-phase.ts";

const forever = [op.loop, op.void, op.br, 0, op.end];
const input = new Uint8Array(50);
/** More fuel than any machine burns within the time-outs of these tests. */
const ENDLESS_FUEL = 10n ** 15n;

interface Started {
  readonly sandbox: Sandbox;
  readonly meter: ReturnType<typeof createRecordingMeter>;
  /** Of the process that is up now. */
  readonly pid: () => number;
}

async function start(options: SandboxOptions = {}): Promise<Started> {
  const meter = createRecordingMeter();
  const pids: number[] = [];
  const note = (fields: object) => ("pid" in fields ? pids.push(Number(fields.pid)) : 0);
  const log = { ...silentLog, debug: note };
  const sandbox = await createSandbox(options, { log, meter });
  return { sandbox, meter, pid: () => pids.at(-1) ?? assert.fail("no pid was logged") };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Turns with the event loop until something is so; the test's own time-out ends it otherwise. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a sandbox", { timeout: 60_000 }, () => {
  let started: Started;
  let module: Hex;
  const observe = (digest = module, bytes = input) =>
    started.sandbox.call({ module: digest, phase: "observe", input: bytes });

  before(async () => {
    started = await start();
    module = await started.sandbox.admit(fetcher(), DEFAULT_LIMITS);
  });
  after(() => started.sandbox.stop());

  it("names a module by the sha256 of its original", () => {
    assert.equal(module, `0x${createHash("sha256").update(fetcher()).digest("hex")}`);
  });

  it("admits a module once", async () => {
    assert.equal(await started.sandbox.admit(fetcher(), DEFAULT_LIMITS), module);
    const twin = fetcher({ observe: [op.nop] });
    const both = await Promise.all([
      started.sandbox.admit(twin, DEFAULT_LIMITS),
      started.sandbox.admit(twin, DEFAULT_LIMITS),
    ]);
    assert.equal(both[0], both[1]);
  });

  it("refuses the same module under other limits", async () => {
    const other = { ...DEFAULT_LIMITS, fuelPerPhase: 1_000n };
    await assert.rejects(started.sandbox.admit(fetcher(), other), withCode("module-limits-conflict"));
  });

  it("passes on the rule that a module breaks", async () => {
    const admit = started.sandbox.admit(fetcher({ observe: [0xfe, 0x03, 0x00] }), DEFAULT_LIMITS);
    await assert.rejects(admit, (error: Error & { data: unknown }) => {
      assert.match(error.message, /threads/);
      assert.deepEqual(
        (({ code, rule, section }) => ({ code, rule, section }))(error.data as Record<string, unknown>),
        {
          ...{ code: "module-refused", rule: "feature", section: "code" },
        },
      );
      return true;
    });
  });

  it("refuses a module whose start function does not end", async () => {
    const endless = fetcher({ start: 3, more: [{ code: forever }] });
    await assert.rejects(started.sandbox.admit(endless, DEFAULT_LIMITS), /instantiation/);
  });

  it("refuses limits beyond its own", async () => {
    for (const wrong of [
      { memoryPages: 2049 },
      { memoryPages: 0 },
      { fuelPerPhase: 10n ** 10n },
      { timeoutMs: 10_001 },
      { timeoutMs: 0.5 },
    ]) {
      await assert.rejects(
        started.sandbox.admit(fetcher(), { ...DEFAULT_LIMITS, ...wrong }),
        withCode("module-limit-invalid"),
      );
    }
  });

  it("refuses impossible options", async () => {
    for (const wrong of [{ workers: 0 }, { queue: -1 }, { workers: 1.5 }, { maxModuleBytes: NaN }]) {
      await assert.rejects(start(wrong), withCode("sandbox-option-invalid"));
    }
  });

  it("answers fifty calls at once, each with the same fuel", async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => observe()));
    assert.deepEqual(new Set(results.map(failureOf)), new Set(["output after 2"]));
  });

  it("answers coded failures for what it cannot run", async () => {
    assert.equal(failureOf(await observe(`0x${"00".repeat(32)}`)), "unknown-module");
    assert.equal(failureOf(await observe(module, new Uint8Array(MAX_INPUT_BYTES + 1))), "input-too-large");
    // The memory of one page cannot take the largest input.
    assert.equal(failureOf(await observe(module, new Uint8Array(MAX_INPUT_BYTES))), "output-invalid");
  });

  it("ends what runs out of fuel, and goes on", async () => {
    const endless = await started.sandbox.admit(fetcher({ observe: forever }), {
      ...DEFAULT_LIMITS,
      fuelPerPhase: 100_000n,
    });
    assert.deepEqual((await observe(endless)).fuel, 100_000n);
    assert.equal((await observe()).kind, "output");
  });

  it("counts what it does", async () => {
    const labels = { phase: "requests", result: "ok" };
    const count = () => started.meter.total("wasm_executions_total", labels);
    const [earlier, fuel] = [count(), started.meter.total("wasm_fuel_used")];
    await started.sandbox.call({ module, phase: "requests", input });
    assert.equal(count(), earlier + 1);
    assert.equal(started.meter.total("wasm_fuel_used"), fuel + 1);
    assert.ok(started.meter.total("wasm_instantiate_seconds") > 0);
  });

  it("lets its process read nothing but its own sources", () => {
    const ask = "process.permission.has.bind(process.permission)";
    const script = `const has = ${ask}; console.log(JSON.stringify([has("fs.read", "/etc/hostname"), has("fs.read", process.execPath), has("fs.write"), has("child"), has("worker")]))`;
    const output = execFileSync(process.execPath, [...permissionFlags(), "--eval", script], {
      env: {},
      encoding: "utf8",
    });
    assert.deepEqual(JSON.parse(output), [false, false, false, false, true]);
  });
});

describe("a sandbox in trouble", { timeout: 120_000 }, () => {
  const maxLimits = { ...DEFAULT_LIMITS, fuelPerPhase: ENDLESS_FUEL, timeoutMs: 60_000 };
  const endless = (timeoutMs: number) => ({ ...DEFAULT_LIMITS, fuelPerPhase: ENDLESS_FUEL, timeoutMs });

  it("ends a worker at the time-out, and goes on with a new one", async () => {
    const { sandbox, pid, meter } = await start({ workers: 2, maxLimits });
    const good = await sandbox.admit(fetcher(), DEFAULT_LIMITS);
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(100));
    const results = await Promise.all([1, 2, 3, 4].map(() => sandbox.call({ module: bad, phase: "observe", input })));
    assert.deepEqual(results.map(failureOf), Array(4).fill("timeout"));
    assert.equal(failureOf(await sandbox.call({ module: good, phase: "observe", input })), "output after 2");
    assert.ok(isAlive(pid()));
    assert.equal(meter.total("wasm_sandbox_restarts_total"), 0);
    await sandbox.stop();
  });

  it("answers busy beyond its queue", async () => {
    const { sandbox } = await start({ workers: 1, queue: 1, maxLimits });
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(200));
    const results = await Promise.all([1, 2, 3].map(() => sandbox.call({ module: bad, phase: "observe", input })));
    assert.deepEqual(results.map(failureOf), ["timeout", "timeout", "busy"]);
    await sandbox.stop();
  });

  it("survives the death of its process: calls in flight fail, later ones are answered", async () => {
    const { sandbox, pid, meter } = await start({ workers: 2, maxLimits });
    const good = await sandbox.admit(fetcher(), DEFAULT_LIMITS);
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(60_000));
    const inFlight = [1, 2, 3].map(() => sandbox.call({ module: bad, phase: "observe", input }));
    process.kill(pid(), "SIGKILL");
    assert.deepEqual((await Promise.all(inFlight)).map(failureOf), Array(3).fill("host-fault"));
    const waiting = [1, 2, 3].map(() => sandbox.call({ module: good, phase: "observe", input }));
    assert.deepEqual((await Promise.all(waiting)).map(failureOf), Array(3).fill("output after 2"));
    assert.equal(meter.total("wasm_sandbox_restarts_total"), 1);
    await sandbox.stop();
  });

  it("kills a process that hangs, and starts another", async () => {
    const { sandbox, pid, meter } = await start({ workers: 1, maxLimits, stallMs: 4_000 });
    const good = await sandbox.admit(fetcher(), DEFAULT_LIMITS);
    process.kill(pid(), "SIGSTOP");
    assert.equal(failureOf(await sandbox.call({ module: good, phase: "observe", input })), "host-fault");
    assert.equal(failureOf(await sandbox.call({ module: good, phase: "observe", input })), "output after 2");
    assert.equal(meter.total("wasm_sandbox_restarts_total"), 1);
    await sandbox.stop();
  });

  it("stops with work in flight, leaves no process, and stays stopped", async () => {
    const { sandbox, pid } = await start({ workers: 1, maxLimits });
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(60_000));
    const inFlight = sandbox.call({ module: bad, phase: "observe", input });
    await sandbox.stop();
    assert.equal(failureOf(await inFlight), "host-fault");
    assert.equal(failureOf(await sandbox.call({ module: bad, phase: "observe", input })), "host-fault");
    assert.equal(isAlive(pid()), false);
  });

  it("ends with the node, even if that is killed", async () => {
    const parent = fork(fileURLToPath(new URL("./support/orphaned-parent.ts", import.meta.url)));
    const { pid } = await new Promise<{ pid: number }>((resolve) =>
      parent.once("message", (fields) => resolve(fields as { pid: number })),
    );
    assert.ok(isAlive(pid));
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });

  it("survives a memory hog", async () => {
    const { sandbox } = await start({ workers: 1 });
    const grow = [...i32(2047), op.memoryGrow, 0, op.drop, ...i32(0), ...i32(1), ...i32(2 ** 27), op.bulk, 11, 0];
    const hog = await sandbox.admit(fetcher({ observe: grow }), { ...DEFAULT_LIMITS, timeoutMs: 10_000 });
    for (let round = 0; round < 3; round++) {
      assert.match(failureOf(await sandbox.call({ module: hog, phase: "observe", input })), /output after/);
    }
    await sandbox.stop();
  });
});

import assert from "node:assert/strict";
import { execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ModuleLimits, ModuleTerms, Sandbox } from "../../../core/ports/sandbox.ts";
import type { SpanRecord, Tracer } from "../../../core/ports/tracer.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { permissionFlags } from "../../../node/sandbox/process/permissions.ts";
import {
  DEFAULT_LIMITS,
  DEFAULT_TERMS,
  MAX_INPUT_BYTES,
  createSandbox,
  type SandboxOptions,
} from "../../../node/sandbox/sandbox.ts";
import { withCode } from "../../support/error-code.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { silentLog } from "../../support/silent-log.ts";
import { fetcher, i32, op } from "./support/assemble.ts";
import { createRecordingMeter } from "./support/recording-meter.ts";
import { failureOf } from "./support/run-phase.ts";

/** An ordinary call, but for its module. */
const round = { phase: "observe", input: new Uint8Array(50), feed: "FEED/USD", time: 1_700_000_000 } as const;
const limited = (limits: Partial<ModuleLimits>): ModuleTerms => ({
  ...DEFAULT_TERMS,
  limits: { ...DEFAULT_LIMITS, ...limits },
});
const forever = [op.loop, op.void, op.br, 0, op.end];
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
  const observe = (digest = module, bytes: Uint8Array = round.input) =>
    started.sandbox.call({ ...round, module: digest, input: bytes });

  before(async () => {
    started = await start();
    module = await started.sandbox.admit(fetcher(), DEFAULT_TERMS);
  });
  after(() => started.sandbox.stop());

  it("names a module by the sha256 of its original", () => {
    assert.equal(module, `0x${createHash("sha256").update(fetcher()).digest("hex")}`);
  });

  it("admits a module once", async () => {
    assert.equal(await started.sandbox.admit(fetcher(), DEFAULT_TERMS), module);
    const twin = fetcher({ observe: [op.nop] });
    const both = await Promise.all([
      started.sandbox.admit(twin, DEFAULT_TERMS),
      started.sandbox.admit(twin, DEFAULT_TERMS),
    ]);
    assert.equal(both[0], both[1]);
  });

  it("refuses the same module under other limits", async () => {
    const other = limited({ fuelPerPhase: 1_000n });
    await assert.rejects(started.sandbox.admit(fetcher(), other), withCode("module-terms-conflict"));
  });

  it("passes on the rule that a module breaks", async () => {
    const admit = started.sandbox.admit(fetcher({ observe: [0xfe, 0x03, 0x00] }), DEFAULT_TERMS);
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

  it("refuses a module whose start function fails, and says how", async () => {
    const starting = (code: readonly number[]) => fetcher({ start: 3, more: [{ code }] });
    for (const [code, how] of [
      [forever, /start function spends more than 10000000 units of fuel/],
      [[op.call, 3], /start function nest deeper/],
      [[op.unreachable], /start function fails \(trap: unreachable\)/],
    ] as const) {
      await assert.rejects(started.sandbox.admit(starting(code), DEFAULT_TERMS), (error: Error & { data: object }) => {
        assert.partialDeepStrictEqual(error.data, { code: "module-refused", rule: "instantiation" });
        assert.match(error.message, how);
        return true;
      });
    }
  });

  it("admits what the caller's buffer held when it was asked", async () => {
    const [good, evil] = [fetcher({ observe: i32(1).concat(op.drop) }), fetcher({ observe: i32(2).concat(op.drop) })];
    const digest = `0x${createHash("sha256").update(good).digest("hex")}`;
    const admitted = started.sandbox.admit(good, DEFAULT_TERMS);
    good.set(evil);
    assert.equal(await admitted, digest);
    const genuine = fetcher({ observe: i32(1).concat(op.drop) });
    assert.equal(await started.sandbox.admit(genuine, DEFAULT_TERMS), digest);
  });

  it("refuses limits beyond its own", async () => {
    for (const wrong of [
      { memoryPages: 2049 },
      { memoryPages: 0 },
      { fuelPerPhase: 10n ** 10n },
      { timeoutMs: 10_001 },
      { timeoutMs: 0.5 },
    ]) {
      await assert.rejects(started.sandbox.admit(fetcher(), limited(wrong)), withCode("module-limit-invalid"));
    }
  });

  it("refuses impossible options", async () => {
    for (const wrong of [{ workers: 0 }, { queue: -1 }, { workers: 1.5 }, { stallMs: NaN }]) {
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
    const endless = await started.sandbox.admit(fetcher({ observe: forever }), limited({ fuelPerPhase: 100_000n }));
    assert.deepEqual((await observe(endless)).fuel, 100_000n);
    assert.equal((await observe()).kind, "output");
  });

  it("counts what it does, by the module's name", async () => {
    const labels = { module: "module", phase: "requests", result: "ok" };
    const count = () => started.meter.total("wasm_executions_total", labels);
    const [earlier, fuel] = [count(), started.meter.total("wasm_fuel_used")];
    await started.sandbox.call({ ...round, module, phase: "requests" });
    assert.equal(count(), earlier + 1);
    assert.equal(started.meter.total("wasm_fuel_used"), fuel + 1);
    assert.ok(started.meter.total("wasm_instantiate_seconds", { module: "module" }) > 0);
    assert.equal(started.meter.last("wasm_memory_bytes", { module: "module" }), 65_536);
    assert.equal(started.meter.total("wasm_sandbox_network_isolated"), 1);
    await until(() => started.meter.last("wasm_pool_size", { module: "module" }) === 8);
  });

  it("counts a call that found no instance ready", async () => {
    const { sandbox, meter } = await start({ workers: 1, poolSize: 1 });
    const slow = await sandbox.admit(fetcher(), DEFAULT_TERMS);
    await until(() => meter.last("wasm_pool_size") === 1);
    await Promise.all(Array.from({ length: 200 }, () => sandbox.call({ ...round, module: slow })));
    const misses = meter.total("wasm_pool_misses_total", { module: "module" });
    assert.ok(misses < 200, "those that found one are not counted");
    await sandbox.stop();
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

describe("a sandbox that is watched", { timeout: 60_000 }, () => {
  const spans: SpanRecord[] = [];
  const tracer: Tracer = {
    samples: (traceId) => traceId.startsWith("a"),
    record: (span) => void spans.push(span),
    stop: () => Promise.resolve(),
  };
  const log = createRecordingLog();
  const meter = createRecordingMeter();
  let sandbox: Sandbox;
  let module: Hex;

  before(async () => {
    sandbox = await createSandbox({ workers: 1, coldStageLimitMs: 0 }, { log, meter, tracer });
    module = await sandbox.admit(fetcher(), { ...DEFAULT_TERMS, name: "watched" });
  });
  after(() => sandbox.stop());

  it("tells of each stage of a cold start that takes too long, with a stack of the worker's", async () => {
    await sandbox.call({ ...round, module, traceId: "b".repeat(32) });
    const events = log.lines.filter(({ fields }) => fields.event === "wasm_cold_start_slow");
    assert.deepEqual(
      events.map(({ fields }) => [fields.stage, fields.name, fields.module]),
      ["instrument", "compile", "instantiate", "first_call"].map((stage) => [stage, "watched", module]),
    );
    for (const { fields } of events) {
      assert.match((fields.stack as string[]).join("\n"), /[a-z-]+\.ts:\d+/);
      assert.match(String(fields.stackSource), /^(profile|end-of-stage)$/);
      assert.match(String(fields.traceId), /^[0-9a-f]{32}$/);
    }
    const { stages, traceId } = events.at(-1)?.fields ?? {};
    assert.deepEqual(Object.keys(stages as object), ["instrument", "compile", "instantiate", "first_call"]);
    assert.equal(traceId, "b".repeat(32));
    for (const stage of Object.keys(stages as object)) {
      assert.equal(meter.total("wasm_cold_start_seconds", { stage }), 1);
      assert.equal(meter.total("wasm_cold_start_slow_total", { stage }), 1);
    }
  });

  it("shows the function of the module that a long first call is in", async () => {
    const terms = limited({ fuelPerPhase: 500_000_000n, timeoutMs: 10_000 });
    const busy = await sandbox.admit(fetcher({ observe: [op.call, 3], more: [{ code: forever }] }), terms);
    assert.equal(failureOf(await sandbox.call({ ...round, module: busy })), "fuel-exhausted");
    const { fields } = log.lines.findLast(({ fields }) => fields.stage === "first_call") ?? assert.fail();
    assert.deepEqual([fields.module, fields.stackSource], [busy, "profile"]);
    assert.match((fields.stack as string[])[0] ?? "", /^wasm-function\[3\]/);
  });

  it("is quiet about calls that are not cold", async () => {
    const before = log.lines.length;
    await sandbox.call({ ...round, module });
    assert.equal(log.lines.length, before);
  });

  it("records a span for each phase of a round that is kept, and of no other", async () => {
    spans.length = 0;
    const [kept, dropped] = ["a".repeat(32), "b".repeat(32)];
    await sandbox.call({ ...round, module, traceId: dropped });
    const { fuel } = await sandbox.call({ ...round, module, traceId: kept });
    await sandbox.call({ ...round, module: `0x${"00".repeat(32)}`, traceId: kept });
    assert.deepEqual(
      spans.map(({ name, traceId, failed }) => [name, traceId, failed]),
      [
        ["wasm.phase", kept, false],
        ["wasm.phase", kept, true],
      ],
    );
    const { ns_elapsed: elapsed, ...attributes } = spans[0]?.attributes ?? {};
    assert.deepEqual(attributes, {
      ...{ wasm_module_id: module, func_name: "observe", feed: round.feed },
      ...{ "wasm.fuel": Number(fuel), "wasm.result": "ok" },
    });
    assert.ok(Number.isInteger(elapsed) && Number(elapsed) > 0);
    assert.equal(spans[1]?.attributes["wasm.result"], "unknown-module");
    assert.ok(spans.every(({ startMs, endMs }) => endMs >= startMs && Math.abs(startMs - Date.now()) < 60_000));
  });

  it("says which wall stands between its process and the network", () => {
    const ready = log.lines.find(({ message }) => message === "sandbox ready");
    assert.match(String(ready?.fields.network), /^(namespace|permission-model|none)$/);
    const isolated = ready?.fields.network === "none" ? 0 : 1;
    assert.equal(meter.last("wasm_sandbox_network_isolated"), isolated);
  });
});

describe("a sandbox in trouble", { timeout: 120_000 }, () => {
  const maxLimits = { ...DEFAULT_LIMITS, fuelPerPhase: ENDLESS_FUEL, timeoutMs: 60_000 };
  const endless = (timeoutMs: number) => limited({ fuelPerPhase: ENDLESS_FUEL, timeoutMs });

  it("ends a worker at the time-out, and goes on with a new one", async () => {
    const { sandbox, pid, meter } = await start({ workers: 2, maxLimits });
    const good = await sandbox.admit(fetcher(), DEFAULT_TERMS);
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(100));
    const results = await Promise.all([1, 2, 3, 4].map(() => sandbox.call({ ...round, module: bad })));
    assert.deepEqual(results.map(failureOf), Array(4).fill("timeout"));
    assert.equal(failureOf(await sandbox.call({ ...round, module: good })), "output after 2");
    assert.ok(isAlive(pid()));
    assert.equal(meter.total("wasm_sandbox_restarts_total"), 0);
    await sandbox.stop();
  });

  it("answers busy beyond its queue", async () => {
    const { sandbox } = await start({ workers: 1, queue: 1, maxLimits });
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(200));
    const results = await Promise.all([1, 2, 3].map(() => sandbox.call({ ...round, module: bad })));
    assert.deepEqual(results.map(failureOf), ["timeout", "timeout", "busy"]);
    await sandbox.stop();
  });

  it("survives the death of its process: calls in flight fail, later ones are answered", async () => {
    const { sandbox, pid, meter } = await start({ workers: 2, maxLimits });
    const good = await sandbox.admit(fetcher(), DEFAULT_TERMS);
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(60_000));
    const inFlight = [1, 2, 3].map(() => sandbox.call({ ...round, module: bad }));
    process.kill(pid(), "SIGKILL");
    assert.deepEqual((await Promise.all(inFlight)).map(failureOf), Array(3).fill("host-fault"));
    const waiting = [1, 2, 3].map(() => sandbox.call({ ...round, module: good }));
    assert.deepEqual((await Promise.all(waiting)).map(failureOf), Array(3).fill("output after 2"));
    assert.equal(meter.total("wasm_sandbox_restarts_total"), 1);
    await sandbox.stop();
  });

  it("kills a process that hangs, and starts another", async () => {
    const { sandbox, pid, meter } = await start({ workers: 1, maxLimits, stallMs: 4_000 });
    const good = await sandbox.admit(fetcher(), DEFAULT_TERMS);
    process.kill(pid(), "SIGSTOP");
    assert.equal(failureOf(await sandbox.call({ ...round, module: good })), "host-fault");
    assert.equal(failureOf(await sandbox.call({ ...round, module: good })), "output after 2");
    assert.equal(meter.total("wasm_sandbox_restarts_total"), 1);
    await sandbox.stop();
  });

  it("stops with work in flight, leaves no process, and stays stopped", async () => {
    const { sandbox, pid } = await start({ workers: 1, maxLimits });
    const bad = await sandbox.admit(fetcher({ observe: forever }), endless(60_000));
    const inFlight = sandbox.call({ ...round, module: bad });
    await sandbox.stop();
    assert.equal(failureOf(await inFlight), "host-fault");
    assert.equal(failureOf(await sandbox.call({ ...round, module: bad })), "host-fault");
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
    const hog = await sandbox.admit(fetcher({ observe: grow }), limited({ timeoutMs: 10_000 }));
    for (let time = 0; time < 3; time++) {
      assert.match(failureOf(await sandbox.call({ ...round, time, module: hog })), /output after/);
    }
    await sandbox.stop();
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ModuleStorage, StorageSnapshot } from "../../../core/ports/module-storage.ts";
import type { GuestCall, GuestEffects, GuestMetric, GuestResult } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { createGuestHost } from "../../../node/host-functions/guest-host.ts";
import { createPrometheusMeter } from "../../../node/telemetry/prometheus-meter.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { createMemoryModuleStorage } from "../../support/memory-module-storage.ts";
import { createRecordingLog } from "../../support/recording-log.ts";

const module: Hex = `0x${"01".repeat(32)}`;
const plain: Hex = `0x${"02".repeat(32)}`;
const foreign: Hex = `0x${"03".repeat(32)}`;
const none: GuestEffects = { logs: [], logsDropped: 0, metrics: [], metricsDropped: 0, reads: [], writes: [] };
const text = (value: string) => new Uint8Array(Buffer.from(value));

/** A host over a sandbox that does in each call what the test says. */
function hosted(storage: ModuleStorage = createMemoryModuleStorage()) {
  const log = createRecordingLog();
  const meter = createPrometheusMeter();
  const clock = createManualClock();
  const calls: GuestCall[] = [];
  let next: (call: GuestCall) => Partial<GuestEffects> | undefined | Promise<Partial<GuestEffects>> = () => undefined;
  let failing = false;
  const sandbox = {
    async call(call: GuestCall): Promise<GuestResult> {
      calls.push(call);
      const partial = await next(call);
      const effects = partial === undefined ? {} : { effects: { ...none, ...partial } };
      if (failing) return { kind: "failed", code: "trap", message: "unreachable", fuel: 1n, ...effects };
      return { kind: "output", output: text(""), fuel: 1n, ...effects };
    },
  };
  const modules = [
    { module, name: "prices", host: ["log", "metrics", "storage"] },
    { module: plain, name: "plain", host: [] },
  ] as const;
  const host = createGuestHost({ modules }, { sandbox, storage, log, meter, clock });
  return {
    ...{ log, clock, calls, storage },
    fail: () => (failing = true),
    /** Makes a call in which the module does this. */
    run: (does: Partial<GuestEffects> | typeof next, call: Partial<GuestCall> = {}) => {
      next = typeof does === "function" ? does : () => does;
      const defaults = { module, phase: "observe", input: text(""), feed: "BTC/USD", time: 1 } as const;
      return host.call({ ...defaults, ...call });
    },
    /** Samples whose name begins so, without the prefix. */
    samples: async (prefix: string) => {
      const lines = (await meter.exposition()).split("\n");
      return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
    },
  };
}

const stored = (storage: ModuleStorage) =>
  Object.fromEntries(storage.snapshot(module).map(([key, value]) => [key, Buffer.from(value).toString()]));

describe("guest host: storage", () => {
  it("gives a snapshot to modules that asked for one, and keeps what they write", async () => {
    const { run, calls, storage } = hosted();
    await run({ writes: [{ key: "last", value: text("1") }] });
    await run({});
    await run({}, { module: plain });
    await run({}, { module: foreign });
    assert.deepEqual(stored(storage), { last: "1" });
    const given = calls.map(({ storage }) => storage);
    assert.deepEqual(given, [[], [["last", text("1")]], undefined, undefined] satisfies (
      StorageSnapshot | undefined
    )[]);
  });

  it("shows a phase what the phase before it wrote", async () => {
    const { run, calls } = hosted();
    await run({ writes: [{ key: "asked", value: text("yes") }] }, { phase: "requests" });
    await run({}, { phase: "observe" });
    assert.deepEqual(calls[1]?.storage, [["asked", text("yes")]]);
  });

  it("isolates phases that overlap; the last that ends wins, key by key", async () => {
    const { run, calls, storage } = hosted();
    const first = Promise.withResolvers<Partial<GuestEffects>>();
    const second = Promise.withResolvers<Partial<GuestEffects>>();
    const slow = run(() => first.promise, { feed: "BTC/USD" });
    const quick = run(() => second.promise, { feed: "ETH/USD" });
    second.resolve({
      writes: [
        { key: "shared", value: text("eth") },
        { key: "eth", value: text("1") },
      ],
    });
    await quick;
    first.resolve({
      writes: [
        { key: "shared", value: text("btc") },
        { key: "btc", value: text("1") },
      ],
    });
    await slow;
    assert.deepEqual(
      calls.map((call) => call.storage),
      [[], []],
    );
    assert.deepEqual(stored(storage), { shared: "btc", eth: "1", btc: "1" });
  });

  it("a disk that takes nothing fails no phase; it is logged and counted", async () => {
    const broken = { ...createMemoryModuleStorage(), apply: () => Promise.reject(new Error("the disk is full")) };
    const { run, log, samples } = hosted(broken);
    const result = await run({ writes: [{ key: "last", value: text("1") }] });
    assert.equal(result.kind, "output");
    assert.deepEqual(await samples("wasm_storage_lost_writes_total"), ['{module="prices"} 1']);
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields.module, fields.feed]),
      [["error", "prices", "BTC/USD"]],
    );
  });
});

describe("guest host: log", () => {
  it("passes lines on with their level and where they come from", async () => {
    const { run, log } = hosted();
    const logs = [
      { level: "warn", text: "no quote" },
      { level: "debug", text: "fine" },
    ] as const;
    await run({ logs }, { traceId: "ab".repeat(16) });
    const fields = { module: "prices", feed: "BTC/USD", phase: "observe", traceId: "ab".repeat(16) };
    assert.deepEqual(log.lines, [
      { level: "warn", fields: { ...fields, text: "no quote" }, message: "a module says" },
      { level: "debug", fields: { ...fields, text: "fine" }, message: "a module says" },
    ]);
  });

  it("logs what failed phases wrote", async () => {
    const { run, log, fail } = hosted();
    fail();
    await run({ logs: [{ level: "error", text: "about to trap" }] });
    assert.equal(log.lines[0]?.fields.text, "about to trap");
  });

  it("bounds the lines of each module", async () => {
    const { run, log, clock, samples } = hosted();
    const flood = { logs: Array.from({ length: 40 }, (_, index) => ({ level: "info" as const, text: `${index}` })) };
    for (let times = 0; times < 10; times++) await run(flood);
    const written = () => log.lines.filter(({ message }) => message === "a module says").length;
    assert.equal(written(), 64);
    await run(flood, { module: plain });
    assert.equal(written(), 64 + 40);
    await clock.advance(2_000);
    await run({ ...flood, logsDropped: 5 });
    assert.equal(written(), 64 + 40 + 16);
    assert.deepEqual(await samples("wasm_logs_dropped_total"), [`{module="prices"} ${10 * 40 - 64 + 24 + 5}`]);
    const told = log.lines.filter(({ level }) => level === "warn");
    assert.deepEqual(
      told.map(({ fields }) => fields.dropped),
      [16, 29],
    );
  });
});

describe("guest host: metrics", () => {
  const counter = (name: string, label = "", value = 1): GuestMetric => ({ kind: "counter", name, label, value });
  const gauge = (name: string, label = "", value = 1): GuestMetric => ({ kind: "gauge", name, label, value });

  it("exports counters and gauges with the module's name", async () => {
    const { run, samples } = hosted();
    await run({ metrics: [counter("reads", "kraken", 2), gauge("spread", "", -0.5)] });
    await run({ metrics: [counter("reads", "kraken", 3), gauge("spread", "", 1.5)] });
    assert.deepEqual(await samples("wasm_custom_"), [
      'reads_total{module="prices",label="kraken"} 5',
      'spread{module="prices",label=""} 1.5',
    ]);
  });

  it("bounds names and labels per module", async () => {
    const { run, samples } = hosted();
    for (let index = 0; index < 50; index++) await run({ metrics: [counter("reads", `label ${index}`)] });
    await run({ metrics: [counter("reads", "label 3")] });
    const series = await samples("wasm_custom_reads_total");
    assert.equal(series.length, 33);
    assert.ok(series.includes('{module="prices",label="other"} 18'));
    assert.ok(series.includes('{module="prices",label="label 3"} 2'));
    await run({ metrics: Array.from({ length: 30 }, (_, index) => gauge(`name_${index}`)), metricsDropped: 7 });
    assert.equal((await samples("wasm_custom_name_")).length, 15);
    assert.deepEqual(await samples("wasm_custom_dropped_total"), [`{module="prices"} ${18 + 15 + 7}`]);
    await run({ metrics: [gauge("name_29")] }, { module: plain });
    assert.deepEqual(await samples("wasm_custom_name_29"), ['{module="plain",label=""} 1']);
  });

  it("keeps counters and gauges of one name apart, and its own names to itself", async () => {
    const { run, samples } = hosted();
    const seized = [
      counter("price"),
      gauge("price", "", 9),
      gauge("price_total", "", 7),
      counter("dropped", "", 1_000),
    ];
    await run({ metrics: seized });
    await run({ metrics: [gauge("price", "", 9), counter("price_total", "", 2)] }, { module: plain });
    assert.deepEqual(await samples("wasm_custom_price{"), [
      'module="prices",label=""} 9',
      'module="plain",label=""} 9',
    ]);
    assert.deepEqual(await samples("wasm_custom_price_total"), [
      '{module="prices",label=""} 1',
      '{module="plain",label=""} 2',
    ]);
    assert.deepEqual(await samples("wasm_custom_dropped_total"), ['{module="prices"} 2']);
  });
});

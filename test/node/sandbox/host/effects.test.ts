import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EffectsCollector } from "../../../../node/sandbox/host/effects.ts";
import { printableLine } from "../../../../node/sandbox/host/printable.ts";

const metric = { kind: "counter", name: "reads", label: "", value: 1 } as const;

describe("EffectsCollector", () => {
  it("says nothing of a phase that did nothing", () => {
    assert.equal(new EffectsCollector([]).finish(true), undefined);
  });

  it("keeps 64 log lines and counts the others", () => {
    const effects = new EffectsCollector([]);
    for (let line = 0; line < 100; line++) effects.log("warn", `line ${line}`);
    const { logs, logsDropped } = effects.finish(false)!;
    assert.equal(logs.length, 64);
    assert.deepEqual(logs.at(-1), { level: "warn", text: "line 63" });
    assert.equal(logsDropped, 36);
  });

  it("adds up counters, keeps the last value of a gauge, and bounds the series", () => {
    const effects = new EffectsCollector([]);
    effects.metric(metric);
    effects.metric({ ...metric, value: 4 });
    effects.metric({ ...metric, label: "kraken" });
    effects.metric({ kind: "gauge", name: "spread", label: "", value: 3 });
    effects.metric({ kind: "gauge", name: "spread", label: "", value: -2.5 });
    for (let label = 0; label < 100; label++) effects.metric({ ...metric, label: `${label}` });
    effects.metric(metric);
    const { metrics, metricsDropped } = effects.finish(true)!;
    assert.equal(metrics.length, 64);
    assert.equal(metricsDropped, 39);
    assert.deepEqual(metrics.slice(0, 3), [
      { ...metric, value: 6 },
      { ...metric, label: "kraken" },
      { kind: "gauge", name: "spread", label: "", value: -2.5 },
    ]);
  });

  it("drops metrics with a bad name, label or value", () => {
    const effects = new EffectsCollector([]);
    const bad = [
      ...["", "Upper", "1st", "dash-ed", "a".repeat(49), "new\nline"].map((name) => ({ ...metric, name })),
      ...["a".repeat(65), "new\nline", "ü"].map((label) => ({ ...metric, label })),
      ...[-1, NaN, Infinity, 2 ** 53].map((value) => ({ ...metric, value })),
      ...[NaN, Infinity].map((value) => ({ ...metric, kind: "gauge" as const, value })),
    ];
    for (const entry of bad) effects.metric(entry);
    assert.deepEqual(effects.finish(true), {
      ...{ logs: [], logsDropped: 0, metrics: [], metricsDropped: bad.length, reads: [], writes: [] },
    });
  });

  it("leaves the writes of a failed phase out, and keeps its reads", () => {
    const run = (succeeded: boolean) => {
      const effects = new EffectsCollector([["a", Uint8Array.of(1)]]);
      assert.deepEqual(effects.read("a"), Uint8Array.of(1));
      assert.ok(effects.write("b", Uint8Array.of(2)));
      return effects.finish(succeeded)!;
    };
    assert.deepEqual(run(true).writes, [{ key: "b", value: Uint8Array.of(2) }]);
    assert.deepEqual(run(false).writes, []);
    assert.deepEqual(run(false).reads, [{ key: "a", value: Uint8Array.of(1) }]);
  });
});

describe("printableLine", () => {
  it("replaces what a terminal would act on, and leaves text alone", () => {
    assert.equal(printableLine("Köln 12 € 💶 日本", 512), "Köln 12 € 💶 日本");
    assert.equal(printableLine("\x1b[31mred\r\n\t\u202eabc\u2028\ufeff", 512), "�[31mred���\ufffdabc\ufffd\ufffd");
  });

  it("cuts at a character and says so", () => {
    assert.equal(printableLine("a".repeat(513), 512), `${"a".repeat(509)}…`);
    assert.equal(printableLine("a".repeat(512), 512), "a".repeat(512));
    assert.equal(printableLine("💶".repeat(200), 512), `${"💶".repeat(127)}…`);
  });

  it("is one well-formed printable line within its bound, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 8, max: 40 }), (text, maxBytes) => {
        const line = printableLine(text, maxBytes);
        assert.ok(Buffer.byteLength(line) <= maxBytes);
        assert.ok(line.isWellFormed());
        assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        assert.equal(printableLine(line, maxBytes), line);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Meter, MetricOptions } from "../../../core/ports/meter.ts";
import { createCommitteeMetrics } from "../../../node/app/committees/metrics.ts";
import { createConfigReads } from "../../../node/app/config-reads.ts";
import { fuelLimit } from "../../../node/app/fetchers.ts";
import { systemClock } from "../../../node/app/system-clock.ts";
import { createChainMetrics } from "../../../node/chain/metrics.ts";
import { createModuleStorageMetrics } from "../../../node/module-storage/metrics.ts";
import { createObserveMetrics } from "../../../node/observe/metrics.ts";
import { createP2pMetrics } from "../../../node/p2p/metrics.ts";
import { createRoundMetrics } from "../../../node/rounds/metrics.ts";
import { createSandboxMetrics } from "../../../node/sandbox/metrics.ts";
import { createHandshakeMetrics, createSourceMetrics } from "../../../node/sources/metrics.ts";
import { SpanLedger } from "../../../node/telemetry/span-ledger.ts";
import { silentLog } from "../../support/silent-log.ts";

const FILE = fileURLToPath(new URL("../../../docs/alerts/quorate.rules.yaml", import.meta.url));
const OPERATIONS = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}
interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** Label names by every time series that a node exposes. */
function exposedSeries(): ReadonlyMap<string, readonly string[]> {
  const series = new Map<string, readonly string[]>();
  const enter =
    (suffixes: readonly string[], own: readonly string[] = []) =>
    ({ name, labels = [] }: MetricOptions) => {
      for (const suffix of suffixes) series.set(name + suffix, [...labels, ...own]);
      return { add: () => undefined, set: () => undefined, observe: () => undefined };
    };
  const [plain, histogram] = [enter([""]), enter(["_bucket", "_sum", "_count"], ["le"])];
  const meter: Meter = { counter: plain, gauge: plain, histogram };
  const deps = { clock: systemClock, log: silentLog, meter };
  for (const create of [
    createChainMetrics,
    createCommitteeMetrics,
    createObserveMetrics,
    createP2pMetrics,
    createRoundMetrics,
    createSandboxMetrics,
  ])
    create(meter);
  for (const create of [createSourceMetrics, createHandshakeMetrics, createModuleStorageMetrics, fuelLimit])
    create(meter);
  createConfigReads({}, deps);
  new SpanLedger(1, deps);
  return series;
}

const KEYWORDS = new Set(["sum", "by", "rate", "increase", "on", "group_left", "or", "and", "unless"]);
/** What Prometheus itself adds to every series. */
const TARGET_LABELS = ["instance", "job"];

/** Metric names of an expression: every identifier outside of strings, label lists and durations. */
function metricsOf(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replace(/\b(by|on|group_left)\s*\([^)]*\)/g, " ");
  return (bare.match(/[a-zA-Z_:][\w:]*/g) ?? []).filter((word) => !KEYWORDS.has(word));
}

/** Label names that an expression relies on: matchers and groupings. */
function labelsOf(expr: string): string[] {
  const matchers = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(
    ([, inside = ""]) => inside.match(/\w+(?=\s*(?:=|!=|=~|!~)\s*")/g) ?? [],
  );
  const groupings = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(
    ([, inside = ""]) => inside.match(/\w+/g) ?? [],
  );
  return [...matchers, ...groupings];
}

const { groups } = parse(readFileSync(FILE, "utf8")) as RuleFile;
const rules = groups.flatMap((group) => group.rules);
const series = exposedSeries();

describe("the alert rules that ship", () => {
  it("are there, each under a name of its own", () => {
    assert.ok(rules.length >= 14, String(rules.length));
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  });

  for (const { alert, expr, labels, annotations, ...rule } of rules) {
    describe(alert, () => {
      it("asks for series and labels that a node exposes", () => {
        const metrics = metricsOf(expr);
        assert.ok(metrics.length > 0, expr);
        for (const metric of metrics) assert.ok(series.has(metric), `no such series: ${metric}`);
        const known = [...TARGET_LABELS, ...metrics.flatMap((metric) => series.get(metric) ?? [])];
        for (const label of labelsOf(expr)) assert.ok(known.includes(label), `no such label: ${label}`);
      });

      it("says what is wrong and how to mend it, in text whose labels there are, and stands in the runbook", () => {
        const { summary, mend, ...others } = annotations;
        assert.deepEqual(Object.keys(others), []);
        assert.ok(summary !== undefined && mend !== undefined && !mend.includes("\n"));
        const known = [...TARGET_LABELS, ...metricsOf(expr).flatMap((metric) => series.get(metric) ?? [])];
        for (const [, label] of `${summary}${mend}`.matchAll(/\$labels\.(\w+)/g))
          assert.ok(known.includes(label!), label);
        assert.ok(["info", "warning", "critical"].includes(labels.severity));
        assert.match(rule.for ?? "1m", /^\d+m$/);
        assert.ok(OPERATIONS.includes(`\`${alert}\``), "docs/operations.md, section 7, names it");
      });
    });
  }

  it("are read by Prometheus' own checker", (test) => {
    try {
      execFileSync("promtool", ["--version"], { stdio: "ignore" });
    } catch {
      test.skip("promtool is not installed (Debian: prometheus)");
      return;
    }
    execFileSync("promtool", ["check", "rules", FILE]);
  });
});

import type { Log } from "../../core/ports/log.ts";
import type { Counter, Gauge, Meter } from "../../core/ports/meter.ts";
import type { GuestEffects, GuestMetric } from "../../core/ports/sandbox.ts";

/** Names of one module, and labels of one name: 64 modules make at most 32,768 series, ordinary ones a few dozen. */
const MAX_NAMES = 16;
const MAX_LABELS = 32;
/** Label of what is beyond. */
const OTHER = "other";
const PREFIX = "wasm_custom_";
/** Ends every counter's name and no gauge's, so that no module can take a name from another by measuring the other kind. */
const COUNTER_SUFFIX = "_total";
/** Ours. */
const RESERVED = `dropped${COUNTER_SUFFIX}`;

export interface GuestMetricsDeps {
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Exports what guest modules measure as `wasm_custom_<name>{module,label}`; a counter's name ends in `_total`, which is added
 * where it is missing, and a gauge's does not: such a gauge is dropped. What is beyond the bounds keeps no series of its own,
 * and is counted.
 */
export class GuestMetrics {
  readonly #deps: GuestMetricsDeps;
  readonly #dropped: Counter;
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  /** Labels by name by module. */
  readonly #modules = new Map<string, Map<string, Set<string>>>();

  constructor(deps: GuestMetricsDeps) {
    this.#deps = deps;
    this.#dropped = deps.meter.counter({
      name: `${PREFIX}${RESERVED}`,
      help: "Measurements of guest modules that were dropped, or given the label other.",
      labels: ["module"],
    });
  }

  record({ metrics, metricsDropped }: Pick<GuestEffects, "metrics" | "metricsDropped">, module: string): void {
    for (const metric of metrics) this.#record(metric, module);
    if (metricsDropped > 0) this.#dropped.add(metricsDropped, { module });
  }

  #record(measured: GuestMetric, module: string): void {
    const metric = { ...measured, name: exportedName(measured) };
    const labels = this.#labels(metric, module);
    const hasRoom = labels !== undefined && (labels.has(metric.label) || labels.size < MAX_LABELS);
    if (!hasRoom) this.#dropped.add(1, { module });
    if (labels === undefined) return;
    if (hasRoom) labels.add(metric.label);
    this.#export(metric, { module, label: hasRoom ? metric.label : OTHER });
  }

  /** The labels of a module's metric; undefined where it may have none of that name and kind. */
  #labels({ kind, name }: GuestMetric, module: string): Set<string> | undefined {
    const names = this.#modules.get(module) ?? new Map<string, Set<string>>();
    this.#modules.set(module, names);
    const known = names.get(name);
    if (known === undefined && (names.size >= MAX_NAMES || name === RESERVED)) return undefined;
    if (kind === "gauge" && name.endsWith(COUNTER_SUFFIX)) return undefined;
    const labels = known ?? new Set();
    if (known === undefined) this.#deps.log.debug({ module, metric: `${PREFIX}${name}`, kind }, "a module measures");
    names.set(name, labels);
    return labels;
  }

  #export({ kind, name, value }: GuestMetric, labels: { readonly module: string; readonly label: string }): void {
    const options = { name: `${PREFIX}${name}`, help: "Measured by guest modules.", labels: ["module", "label"] };
    if (kind === "counter") {
      const counter = this.#counters.get(name) ?? this.#deps.meter.counter(options);
      this.#counters.set(name, counter);
      counter.add(value, labels);
    } else {
      const gauge = this.#gauges.get(name) ?? this.#deps.meter.gauge(options);
      this.#gauges.set(name, gauge);
      gauge.set(value, labels);
    }
  }
}

function exportedName({ kind, name }: GuestMetric): string {
  return kind === "gauge" || name.endsWith(COUNTER_SUFFIX) ? name : `${name}${COUNTER_SUFFIX}`;
}

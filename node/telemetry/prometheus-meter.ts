import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Meter, MetricOptions } from "../../core/ports/meter.ts";

export interface PrometheusMeter extends Meter {
  /** The text exposition format. */
  exposition(): Promise<string>;
  readonly contentType: string;
}

/** A Meter over prom-client. Asking twice for one name gives the same metric: components of one kind share it. */
export function createPrometheusMeter(): PrometheusMeter {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const common = (options: MetricOptions) => ({
    name: options.name,
    help: options.help,
    labelNames: [...(options.labels ?? [])],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    exposition: () => registry.metrics(),
    counter(options) {
      const known = registry.getSingleMetric(options.name);
      const counter = known instanceof Counter ? known : new Counter(common(options));
      return { add: (amount, labels = {}) => counter.inc(labels, amount) };
    },
    gauge(options) {
      const known = registry.getSingleMetric(options.name);
      const gauge = known instanceof Gauge ? known : new Gauge(common(options));
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram(options) {
      const known = registry.getSingleMetric(options.name);
      const histogram =
        known instanceof Histogram ? known : new Histogram({ ...common(options), buckets: [...options.buckets] });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
  };
}

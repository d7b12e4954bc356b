export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(amount: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  /** In the metric's unit, seconds for durations. */
  observe(value: number, labels?: Labels): void;
}

export interface MetricOptions {
  /** Snake case with the unit as suffix. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Telemetry that knows no feature: each feature makes its own metrics from this. */
export interface Meter {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
}

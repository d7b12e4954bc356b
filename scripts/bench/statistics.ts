import type { Measurement } from "./result.ts";

/** The value at a fraction (0…1) of the sorted samples by nearest rank: an observed value, never a blend of two. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(fraction * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError("no samples: nothing was measured");
  return value;
}

/** The median; of an even count the mean of the two middles. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError("no samples: nothing was measured");
  return (low + high) / 2;
}

export interface Samples extends Pick<Measurement, "name" | "unit" | "about"> {
  readonly samples: readonly number[];
  /** Fraction digits to keep, 0 by default. */
  readonly digits?: number;
}

/** Median, count and extremes of some samples. */
export function summarise({ samples, digits = 0, ...what }: Samples): Measurement {
  return { ...what, ...spread(samples, digits), value: round(median(samples), digits) };
}

/** A high percentile with count and extremes of its samples. */
export function tail({ samples, digits = 0, ...what }: Samples, fraction: number): Measurement {
  return { ...what, ...spread(samples, digits), value: round(percentile(samples, fraction), digits) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function spread(samples: readonly number[], digits: number): Pick<Measurement, "runs" | "min" | "max"> {
  return {
    runs: samples.length,
    min: round(Math.min(...samples), digits),
    max: round(Math.max(...samples), digits),
  };
}

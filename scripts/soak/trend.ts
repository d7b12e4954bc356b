import { median } from "../bench/statistics.ts";

/** A value at a time. */
export interface Point {
  /** Minutes. */
  readonly minute: number;
  readonly value: number;
}

/** A straight line through points, by least squares. */
export interface Trend {
  /** The line's value at the first point. */
  readonly start: number;
  readonly slopePerHour: number;
  /** What the line rises over the time that the points cover. */
  readonly growth: number;
  /** Standard error of the slope: how far chance alone may have moved it. */
  readonly slopeError: number;
}

const MINUTES_PER_HOUR = 60;
/** Samples come a little late: a window that lacks so little is whole. */
const WHOLE = 0.2;

/** @throws RangeError for fewer than two moments: no line goes through them. */
export function trendOf(points: readonly Point[]): Trend {
  const n = points.length;
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / n;
  const [meanX, meanY] = [mean(({ minute }) => minute), mean(({ value }) => value)];
  const squares = n * mean(({ minute }) => (minute - meanX) ** 2);
  if (n < 2 || squares === 0) throw new RangeError("a trend needs two moments at least");
  const slope = (n * mean(({ minute, value }) => (minute - meanX) * (value - meanY))) / squares;
  const at = (minute: number) => meanY + slope * (minute - meanX);
  const residuals = n * mean(({ minute, value }) => (value - at(minute)) ** 2);
  const minutes = points.map(({ minute }) => minute);
  const [first, last] = [Math.min(...minutes), Math.max(...minutes)];
  return {
    start: at(first),
    slopePerHour: MINUTES_PER_HOUR * slope,
    growth: at(last) - at(first),
    slopeError: MINUTES_PER_HOUR * Math.sqrt(residuals / Math.max(1, n - 2) / squares),
  };
}

/**
 * The least value of each window of so many minutes, at the window's middle: what is there even when short-lived things are
 * closed. A leak raises it; a busy moment does not. A last window that is shorter does not count.
 */
export function floorsOf(points: readonly Point[], minutes: number): readonly Point[] {
  return inWindows(points, minutes, (values) => Math.min(...values));
}

/**
 * The median of each window, likewise: what is there most of the time. A leak raises it; neither a busy moment nor one in
 * which the collector gave back all it could moves it.
 */
export function middlesOf(points: readonly Point[], minutes: number): readonly Point[] {
  return inWindows(points, minutes, median);
}

function inWindows(points: readonly Point[], minutes: number, figure: (values: number[]) => number): readonly Point[] {
  const first = Math.min(...points.map(({ minute }) => minute));
  const last = Math.max(...points.map(({ minute }) => minute));
  const count = Math.max(1, Math.floor((last - first) / minutes + WHOLE));
  const windows = Array.from({ length: count }, (): number[] => []);
  for (const { minute, value } of points) windows[Math.floor((minute - first) / minutes)]?.push(value);
  return windows.flatMap((values, window) =>
    values.length === 0 ? [] : [{ minute: first + (window + 0.5) * minutes, value: figure(values) }],
  );
}

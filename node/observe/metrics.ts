import type { Meter } from "../../core/ports/meter.ts";

export function createObserveMetrics(meter: Meter) {
  return {
    feeds: meter.counter({
      name: "feed_observations_total",
      help: "Observed feeds by result.",
      labels: ["feed", "result"],
    }),
    seconds: meter.histogram({
      name: "observation_seconds",
      help: "Time to observe all feeds of a round.",
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
    }),
  };
}

import type { Meter } from "../../core/ports/meter.ts";

const CIRCUIT = ["circuit"];

export function createProverMetrics(meter: Meter) {
  return {
    waiting: meter.gauge({
      name: "prover_jobs_waiting",
      help: "Proofs that wait for the one under way.",
      labels: CIRCUIT,
    }),
    peakMemory: meter.gauge({
      name: "prover_peak_memory_bytes",
      help: "The most that the prover's process held in memory since it started, without an external engine's.",
      labels: CIRCUIT,
    }),
    restarts: meter.counter({
      name: "prover_restarts_total",
      help: "Ends of the prover's process: crashed, timeout, or unwanted where its proof was called off.",
      labels: [...CIRCUIT, "reason"],
    }),
  };
}

export type ProverMetrics = ReturnType<typeof createProverMetrics>;

import type { Log } from "../../core/ports/log.ts";
import type { Prover } from "../../core/ports/prover.ts";
import { createProverMetrics } from "../prover/metrics.ts";
import { createProver, type ProverOptions } from "../prover/prover.ts";
import { createPrometheusMeter } from "../telemetry/prometheus-meter.ts";

/** The nodes' prover by itself, a process of its own, for programs that measure or prove without being a node. */
export async function startProver(options: ProverOptions, { log }: { log: Log }): Promise<Prover> {
  return createProver(options, { log, metrics: createProverMetrics(createPrometheusMeter()) });
}

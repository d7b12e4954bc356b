import type { GuestResult, Phase } from "../../core/ports/sandbox.ts";
import type { Meter } from "../../core/ports/meter.ts";

/** Units of fuel: an ordinary ticker costs some thousands, the default limit is 50 million. */
const FUEL_BUCKETS = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 5e7, 1e9];
/** Seconds. */
const INSTANTIATE_BUCKETS = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2e-2, 8e-2, 0.5];

export interface SandboxMetrics {
  executed(phase: Phase, result: GuestResult): void;
  instantiated(seconds: number): void;
  restarted(): void;
}

export function createSandboxMetrics(meter: Meter): SandboxMetrics {
  const executions = meter.counter({
    name: "wasm_executions_total",
    help: "Phases that guest modules ran, by outcome.",
    labels: ["phase", "result"],
  });
  const fuel = meter.histogram({
    name: "wasm_fuel_used",
    help: "Fuel units spent by one phase.",
    labels: ["phase"],
    buckets: FUEL_BUCKETS,
  });
  const instantiate = meter.histogram({
    name: "wasm_instantiate_seconds",
    help: "Time to make a fresh instance of an admitted module.",
    buckets: INSTANTIATE_BUCKETS,
  });
  const restarts = meter.counter({
    name: "wasm_sandbox_restarts_total",
    help: "Times that the sandbox process ended unasked and was started again.",
  });
  return {
    executed: (phase, result) => {
      executions.add(1, { phase, result: result.kind === "output" ? "ok" : result.code });
      fuel.observe(Number(result.fuel), { phase });
    },
    instantiated: (seconds) => instantiate.observe(seconds),
    restarted: () => restarts.add(1),
  };
}

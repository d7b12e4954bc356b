import type { GuestResult, Phase } from "../../core/ports/sandbox.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { ColdStage } from "./process/cold-stage.ts";
import type { CallMeasures } from "./process/messages.ts";

/** Units of fuel: an ordinary ticker costs some thousands, the default limit is 50 million. */
const FUEL_BUCKETS = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 5e7, 1e9];
/** Seconds. */
const INSTANTIATE_BUCKETS = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2e-2, 8e-2, 0.5];
/** Seconds, close together around the limit of 0.08. */
const COLD_BUCKETS = [1e-3, 5e-3, 1e-2, 2e-2, 4e-2, 6e-2, 8e-2, 0.1, 0.15, 0.25, 0.5, 1, 5];

export interface ExecutedPhase {
  /** The module's name. */
  readonly module: string;
  readonly phase: Phase;
  readonly result: GuestResult;
  readonly measured: CallMeasures | undefined;
}

export interface SandboxMetrics {
  executed(executed: ExecutedPhase): void;
  pool(module: string, ready: number): void;
  coldStage(stage: ColdStage, seconds: number): void;
  coldStageSlow(stage: ColdStage): void;
  restarted(): void;
  quarantined(module: string, quarantined: boolean): void;
  networkIsolated(isolated: boolean): void;
}

/** Labels `module` are names from manifests, at most as many as a sandbox holds modules. */
export function createSandboxMetrics(meter: Meter): SandboxMetrics {
  return { ...callMetrics(meter), ...coldStartMetrics(meter), ...processMetrics(meter) };
}

function callMetrics(meter: Meter): Pick<SandboxMetrics, "executed" | "pool"> {
  const executions = meter.counter({
    name: "wasm_executions_total",
    help: "Phases that guest modules ran, by outcome.",
    labels: ["module", "phase", "result"],
  });
  const fuel = meter.histogram({
    name: "wasm_fuel_used",
    help: "Fuel units spent by one phase.",
    labels: ["module", "phase"],
    buckets: FUEL_BUCKETS,
  });
  const memory = meter.gauge({
    name: "wasm_memory_bytes",
    help: "Linear memory that the last phase of a module ended with.",
    labels: ["module"],
  });
  const instantiate = meter.histogram({
    name: "wasm_instantiate_seconds",
    help: "Time to make a fresh instance of an admitted module.",
    labels: ["module"],
    buckets: INSTANTIATE_BUCKETS,
  });
  const poolSize = meter.gauge({
    name: "wasm_pool_size",
    help: "Instances of a module that are ready, over all workers.",
    labels: ["module"],
  });
  const poolMisses = meter.counter({
    name: "wasm_pool_misses_total",
    help: "Calls that found no instance ready.",
    labels: ["module"],
  });
  return {
    executed: ({ module, phase, result, measured }) => {
      executions.add(1, { module, phase, result: result.kind === "output" ? "ok" : result.code });
      fuel.observe(Number(result.fuel), { module, phase });
      if (measured === undefined) return;
      memory.set(measured.memoryBytes, { module });
      instantiate.observe(measured.instantiateSeconds, { module });
      if (!measured.pooled) poolMisses.add(1, { module });
    },
    pool: (module, ready) => poolSize.set(ready, { module }),
  };
}

function coldStartMetrics(meter: Meter): Pick<SandboxMetrics, "coldStage" | "coldStageSlow"> {
  const seconds = meter.histogram({
    name: "wasm_cold_start_seconds",
    help: "Time of each stage between a module that was never seen and its first answer.",
    labels: ["stage"],
    buckets: COLD_BUCKETS,
  });
  const slow = meter.counter({
    name: "wasm_cold_start_slow_total",
    help: "Stages of cold starts that took longer than 80 ms.",
    labels: ["stage"],
  });
  return {
    coldStage: (stage, duration) => seconds.observe(duration, { stage }),
    coldStageSlow: (stage) => slow.add(1, { stage }),
  };
}

function processMetrics(meter: Meter): Pick<SandboxMetrics, "restarted" | "quarantined" | "networkIsolated"> {
  const restarts = meter.counter({
    name: "wasm_sandbox_restarts_total",
    help: "Times that the sandbox process ended unasked and was started again.",
  });
  const quarantined = meter.gauge({
    name: "wasm_quarantined",
    help: "1 for a module that ended the sandbox process again and again, until it has proven itself; it is run now and then.",
    labels: ["module"],
  });
  const isolated = meter.gauge({
    name: "wasm_sandbox_network_isolated",
    help: "Whether the sandbox process has no network: 1, or 0 where the system does not allow that.",
  });
  return {
    restarted: () => restarts.add(1),
    quarantined: (module, yes) => quarantined.set(Number(yes), { module }),
    networkIsolated: (yes) => isolated.set(Number(yes)),
  };
}

import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Sandbox } from "../../core/ports/sandbox.ts";
import type { Tracer } from "../../core/ports/tracer.ts";
import { ColdStarts } from "./cold-starts.ts";
import { createSandboxMetrics, type SandboxMetrics } from "./metrics.ts";
import { ModuleTable, type AdmissionErrorData } from "./module-table.ts";
import { sandboxSettings, type SandboxOptionInvalid, type SandboxOptions, type SandboxSettings } from "./options.ts";
import type { ProcessRequest } from "./process/messages.ts";
import { checkNetworkWall, findNetworkWall, type NetworkOpen, type NetworkWall } from "./process/network-wall.ts";
import type { Outcome } from "./process/request-queue.ts";
import { SandboxProcess } from "./process/sandbox-process.ts";
import { Supervisor } from "./process/supervisor.ts";
import { runCall, type RunCallDeps } from "./run-call.ts";
import type { ModuleLimitInvalid } from "./terms.ts";

// What those who start a sandbox give to it.
export type { SandboxOptions } from "./options.ts";
export { MAX_INPUT_BYTES } from "./run-call.ts";
export { DEFAULT_LIMITS, DEFAULT_TERMS } from "./terms.ts";

export interface SandboxDeps {
  readonly log: Log;
  readonly meter: Meter;
  /** Default: no traces. */
  readonly tracer?: Tracer;
}

export type SandboxErrorData =
  | { readonly code: "sandbox-start-failed" }
  | NetworkOpen
  | SandboxOptionInvalid
  | AdmissionErrorData
  | ModuleLimitInvalid;

/** Thirty-two request lines have 20 KiB at most. */
const MAX_OUTPUT_BYTES = 64 * 1024;
/** One that runs and some on their way, so that no worker waits for the pipe; what the process has when it dies is lost. */
const IN_FLIGHT_PER_WORKER = 4;

/**
 * Starts the sandbox process and its workers: node → child process under Node's permission model, and without network where
 * the system allows that → worker threads → fresh instances. Three limits: fuel, then ending the worker, then killing the
 * process; each is a coded failure of the calls concerned, and the node is unharmed.
 * @throws QuorateError<SandboxErrorData> for impossible options, or if the process does not come up.
 */
export async function createSandbox(options: SandboxOptions, deps: SandboxDeps): Promise<Sandbox> {
  const settings = sandboxSettings(options);
  const metrics = createSandboxMetrics(deps.meter);
  const wall = await findNetworkWall();
  checkNetworkWall(wall, settings, deps.log);
  metrics.networkIsolated(wall.kind !== "none");
  const parts = assemble(settings, { ...deps, metrics, wall });
  await firstStart(parts.supervisor);
  const { workers, queue } = settings;
  deps.log.info({ workers, network: wall.kind }, "sandbox ready");
  return {
    admit: (bytes, terms) => parts.modules.admit(bytes, terms),
    call: (call) => runCall(call, { maxOutstanding: workers + queue }, parts),
    stop: () => parts.supervisor.stop(),
  };
}

interface AssemblyDeps extends SandboxDeps {
  readonly metrics: SandboxMetrics;
  readonly wall: NetworkWall;
}

function assemble(settings: SandboxSettings, { log, metrics, tracer, wall }: AssemblyDeps): RunCallDeps {
  const { workers, poolSize, maxLimits, stallMs, coldStageLimitMs } = settings;
  const coldStarts = new ColdStarts({ limitMs: coldStageLimitMs }, { log, metrics, tracer });
  const told = (request: ProcessRequest, outcome: Outcome): Outcome => {
    if (request.kind === "admit") {
      coldStarts.passed({ module: request.digest, name: request.terms.name }, outcome.stages);
    }
    return outcome;
  };
  const modules: ModuleTable = new ModuleTable(
    { maxLimits },
    { request: async (request) => told(request, await supervisor.request(request)) },
  );
  const process = { workers, poolSize, maxOutputBytes: MAX_OUTPUT_BYTES, coldStageLimitMs };
  const supervisor: Supervisor = new Supervisor(
    { maxInFlight: workers * IN_FLIGHT_PER_WORKER, stallMs },
    {
      log,
      now: () => performance.now(),
      spawn: (events) => new SandboxProcess({ process, wall }, { log, ...events }),
      revival: () => modules.admissions,
      onRevived: told,
      onRestart: () => metrics.restarted(),
      onPool: (module, ready) => metrics.pool(modules.name(module), ready),
      onQuarantine: (module, quarantined) => metrics.quarantined(modules.name(module), quarantined),
    },
  );
  return { metrics, tracer, coldStarts, modules, supervisor };
}

async function firstStart(supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.started();
  } catch (cause) {
    throw new QuorateError<SandboxErrorData>(
      { code: "sandbox-start-failed" },
      "the sandbox process did not start: is this Node 24, and may it start processes and threads?",
      { cause },
    );
  }
}

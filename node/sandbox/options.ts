import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ModuleLimits } from "../../core/ports/sandbox.ts";
import { COLD_STAGE_LIMIT_MS } from "./process/cold-stage.ts";
import { MAX_LIMITS } from "./terms.ts";

export interface SandboxOptions {
  /** Worker threads. Default 2. */
  readonly workers?: number;
  /** Calls that may wait beyond those that run; more are answered `busy`. Default 64: eight feeds, two phases, four rounds. */
  readonly queue?: number;
  /** Instances that each worker holds ready per module, as long as its memory for such lasts. Default 4. */
  readonly poolSize?: number;
  /** The most that a module's own limits may ask for. Default: MAX_LIMITS. */
  readonly maxLimits?: ModuleLimits;
  /** Milliseconds without a sign of life, with work outstanding, after which the process is killed. Default: the longest time-out + 10 s. */
  readonly stallMs?: number;
  /** Milliseconds that a stage of a cold start may take before it is an event. Default 80. */
  readonly coldStageLimitMs?: number;
  /** Whether to start where the system does not let the process be cut off from the network. Default: isolated-if-possible. */
  readonly network?: "isolated-if-possible" | "must-be-isolated";
}

export type SandboxSettings = Required<SandboxOptions>;

export interface SandboxOptionInvalid {
  readonly code: "sandbox-option-invalid";
  readonly option: string;
}

const DEFAULT_WORKERS = 2;
const DEFAULT_QUEUE = 64;
/** Two feeds of a module, two phases each, without a miss. An idle instance costs some KiB and 8 GiB of address space. */
const DEFAULT_POOL_SIZE = 4;
/** Beyond the longest time-out of a module: 5 s in which a worker has to begin, termination, a new worker, a busy machine. */
const STALL_MARGIN_MS = 10_000;

/** The least that each option may be; a stage that may take no time is one that is always looked into. */
const MINIMUM = { workers: 1, queue: 0, poolSize: 1, stallMs: 1, coldStageLimitMs: 0 } as const;

/** Options with their defaults. @throws QuorateError<SandboxOptionInvalid> */
export function sandboxSettings(options: SandboxOptions): SandboxSettings {
  const { maxLimits = MAX_LIMITS } = options;
  const settings: SandboxSettings = {
    workers: options.workers ?? DEFAULT_WORKERS,
    queue: options.queue ?? DEFAULT_QUEUE,
    poolSize: options.poolSize ?? DEFAULT_POOL_SIZE,
    maxLimits,
    stallMs: options.stallMs ?? maxLimits.timeoutMs + STALL_MARGIN_MS,
    coldStageLimitMs: options.coldStageLimitMs ?? COLD_STAGE_LIMIT_MS,
    network: options.network ?? "isolated-if-possible",
  };
  for (const option of Object.keys(MINIMUM) as (keyof typeof MINIMUM)[]) {
    if (Number.isInteger(settings[option]) && settings[option] >= MINIMUM[option]) continue;
    throw new QuorateError<SandboxOptionInvalid>(
      { code: "sandbox-option-invalid", option },
      `sandbox option ${option} is ${settings[option]}: give a whole number from ${MINIMUM[option]}`,
    );
  }
  return settings;
}

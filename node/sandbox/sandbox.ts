import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { GuestCall, GuestFailureCode, GuestResult, ModuleLimits, Sandbox } from "../../core/ports/sandbox.ts";
import type { Hex } from "../../core/types/hex.ts";
import { moduleDigest } from "./admission/admit.ts";
import { createSandboxMetrics, type SandboxMetrics } from "./metrics.ts";
import { CAPS } from "./admission/rules.ts";
import { Supervisor, type Outcome } from "./process/supervisor.ts";

export interface SandboxOptions {
  /** Worker threads. Default 2. */
  readonly workers?: number;
  /** Calls that may wait beyond those that run; more are answered `busy`. Default 64: eight feeds, two phases, four rounds. */
  readonly queue?: number;
  /** Bytes of a module. Default 128 KiB. */
  readonly maxModuleBytes?: number;
  /** The most that a module's own limits may ask for. Default 2048 pages, 10^9 units of fuel, 10 s. */
  readonly maxLimits?: ModuleLimits;
  /** Milliseconds without a sign of life, with work outstanding, after which the process is killed. Default: the longest time-out + 10 s. */
  readonly stallMs?: number;
}

export interface SandboxDeps {
  readonly log: Log;
  readonly meter: Meter;
}

export type SandboxErrorData =
  | { readonly code: "sandbox-start-failed" }
  | { readonly code: "sandbox-lost" }
  | { readonly code: "sandbox-option-invalid"; readonly option: string }
  | { readonly code: "module-limit-invalid"; readonly limit: keyof ModuleLimits; readonly maximum: bigint }
  | { readonly code: "module-limits-conflict"; readonly module: Hex }
  | { readonly code: "too-many-modules"; readonly maximum: number };

/** What a module gets unless its manifest says otherwise. 50 million units are about 50 ms. */
export const DEFAULT_LIMITS: ModuleLimits = {
  memoryPages: CAPS.memoryPages,
  fuelPerPhase: 50_000_000n,
  timeoutMs: 1_000,
};
const MAX_LIMITS: ModuleLimits = {
  memoryPages: CAPS.memoryPages,
  fuelPerPhase: 1_000_000_000n,
  timeoutMs: 10_000,
};

/** Thirty-two answers of sources fit, shortened if need be by the envelope. */
export const MAX_INPUT_BYTES = 1024 * 1024;
/** Thirty-two request lines have 20 KiB at most. */
const MAX_OUTPUT_BYTES = 64 * 1024;
/** Each module keeps two instances a worker, 8 GiB of address space each, of the 128 TiB that there are. */
const MAX_MODULES = 64;
/** Beyond the longest time-out of a module: termination, a new worker, a busy machine. */
const STALL_MARGIN_MS = 10_000;
const DEFAULT_WORKERS = 2;
const DEFAULT_QUEUE = 64;

/**
 * Starts the sandbox process and its workers: node → child process under Node's permission model → worker threads →
 * fresh instances. Three limits: fuel, then ending the worker, then killing the process; each is a coded failure of the
 * calls concerned, and the node is unharmed.
 * @throws QuorateError<SandboxErrorData> for impossible options, or if the process does not come up.
 */
export async function createSandbox(options: SandboxOptions, { log, meter }: SandboxDeps): Promise<Sandbox> {
  const settings = checkedOptions(options);
  const metrics = createSandboxMetrics(meter);
  const modules = new ModuleTable(settings);
  const supervisor = new Supervisor(
    {
      workers: settings.workers,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      stallMs: settings.stallMs,
    },
    { log, revival: () => modules.admissions(), onRestart: () => metrics.restarted() },
  );
  try {
    await supervisor.started();
  } catch (cause) {
    throw new QuorateError<SandboxErrorData>(
      { code: "sandbox-start-failed" },
      "the sandbox process did not start: is this Node 24, and may it start processes and threads?",
      { cause },
    );
  }
  log.debug({ pid: supervisor.pid, workers: settings.workers }, "sandbox ready");
  return {
    admit: (bytes, limits) => modules.admit({ bytes, limits }, supervisor),
    call: (call) => runCall(call, { settings, modules, supervisor, metrics }),
    stop: () => supervisor.stop(),
  };
}

function checkedOptions(options: SandboxOptions): Required<SandboxOptions> {
  const { maxLimits = MAX_LIMITS } = options;
  const settings = {
    workers: options.workers ?? DEFAULT_WORKERS,
    queue: options.queue ?? DEFAULT_QUEUE,
    maxModuleBytes: options.maxModuleBytes ?? CAPS.moduleBytes,
    maxLimits,
    stallMs: options.stallMs ?? maxLimits.timeoutMs + STALL_MARGIN_MS,
  };
  for (const option of ["workers", "queue", "maxModuleBytes", "stallMs"] as const) {
    if (Number.isInteger(settings[option]) && settings[option] >= (option === "queue" ? 0 : 1)) continue;
    throw new QuorateError<SandboxErrorData>(
      { code: "sandbox-option-invalid", option },
      `sandbox option ${option} is ${settings[option]}: give a positive whole number`,
    );
  }
  return settings;
}

interface Admission {
  readonly bytes: Uint8Array;
  readonly limits: ModuleLimits;
}

/** The admitted modules, kept to be given to a new process. */
class ModuleTable {
  readonly #settings: Required<SandboxOptions>;
  readonly #admitted = new Map<Hex, Admission>();
  readonly #running = new Map<Hex, Promise<Hex>>();

  constructor(settings: Required<SandboxOptions>) {
    this.#settings = settings;
  }

  has(digest: Hex): boolean {
    return this.#admitted.has(digest);
  }

  admissions() {
    const { maxModuleBytes } = this.#settings;
    return [...this.#admitted].map(([digest, entry]) => ({ kind: "admit", digest, maxModuleBytes, ...entry }) as const);
  }

  async admit({ bytes, limits }: Admission, supervisor: Supervisor): Promise<Hex> {
    checkLimits(limits, this.#settings.maxLimits);
    const digest = moduleDigest(bytes);
    await this.#running.get(digest);
    const known = this.#admitted.get(digest);
    if (known !== undefined) return sameLimits(digest, known.limits, limits);
    if (this.#admitted.size + this.#running.size >= MAX_MODULES) {
      throw new QuorateError<SandboxErrorData>(
        { code: "too-many-modules", maximum: MAX_MODULES },
        `a sandbox holds ${MAX_MODULES} modules: remove fetchers that no feed uses`,
      );
    }
    // The caller's buffer may change later; a restarted process must get what was admitted.
    const admission = { bytes: new Uint8Array(bytes), limits };
    const running = this.#ask(digest, admission, supervisor).finally(() => this.#running.delete(digest));
    this.#running.set(digest, running);
    return running;
  }

  async #ask(digest: Hex, admission: Admission, supervisor: Supervisor): Promise<Hex> {
    const { maxModuleBytes } = this.#settings;
    const outcome = await supervisor.request({ kind: "admit", digest, maxModuleBytes, ...admission });
    if (outcome.kind === "refused") throw new QuorateError(outcome.data, outcome.message);
    if (outcome.kind !== "admitted") {
      const reason = outcome.kind === "lost" ? outcome.reason : outcome.kind;
      throw new QuorateError<SandboxErrorData>(
        { code: "sandbox-lost" },
        `the module was not admitted, try again: ${reason}`,
      );
    }
    this.#admitted.set(digest, admission);
    return digest;
  }
}

function checkLimits(limits: ModuleLimits, most: ModuleLimits): void {
  for (const limit of ["memoryPages", "fuelPerPhase", "timeoutMs"] as const) {
    const [asked, maximum] = [limits[limit], most[limit]];
    if (asked >= 1 && asked <= maximum && (typeof asked === "bigint" || Number.isInteger(asked))) continue;
    throw new QuorateError<SandboxErrorData>(
      { code: "module-limit-invalid", limit, maximum: BigInt(maximum) },
      `the module asks for ${limit} ${asked}: its manifest may name a whole number from 1 to ${maximum}`,
    );
  }
}

function sameLimits(module: Hex, known: ModuleLimits, asked: ModuleLimits): Hex {
  const same =
    known.memoryPages === asked.memoryPages &&
    known.fuelPerPhase === asked.fuelPerPhase &&
    known.timeoutMs === asked.timeoutMs;
  if (same) return module;
  throw new QuorateError<SandboxErrorData>(
    { code: "module-limits-conflict", module },
    `module ${module} runs already under other limits: give it the same limits in every manifest`,
  );
}

interface CallContext {
  readonly settings: Required<SandboxOptions>;
  readonly modules: ModuleTable;
  readonly supervisor: Supervisor;
  readonly metrics: SandboxMetrics;
}

async function runCall(call: GuestCall, context: CallContext): Promise<GuestResult> {
  const { supervisor, metrics } = context;
  const refused = refusedCall(call, context);
  const { module: digest, phase, input } = call;
  const outcome = refused ?? (await supervisor.request({ kind: "call", digest, phase, input }));
  if (outcome.kind === "done" && outcome.instantiateSeconds !== undefined) {
    metrics.instantiated(outcome.instantiateSeconds);
  }
  const result = resultOf(outcome);
  metrics.executed(phase, result);
  return result;
}

/** What is answered without asking the process. */
function refusedCall(
  { module, input }: GuestCall,
  { settings, modules, supervisor }: CallContext,
): Outcome | undefined {
  const { workers, queue } = settings;
  if (!modules.has(module)) return failed("unknown-module", `module ${module} is not admitted`);
  if (input.length > MAX_INPUT_BYTES) {
    return failed("input-too-large", `the input has ${input.length} bytes, at most ${MAX_INPUT_BYTES} are taken`);
  }
  if (supervisor.outstanding >= workers + queue)
    return failed("busy", `${supervisor.outstanding} calls are waiting already`);
  return undefined;
}

function resultOf(outcome: Outcome): GuestResult {
  if (outcome.kind === "done") return outcome.result;
  const reason = outcome.kind === "lost" ? outcome.reason : `the sandbox process answered ${outcome.kind}`;
  return { kind: "failed", code: "host-fault", message: reason, fuel: 0n };
}

function failed(code: GuestFailureCode, message: string): Outcome {
  return { kind: "done", result: { kind: "failed", code, message, fuel: 0n }, instantiateSeconds: undefined };
}

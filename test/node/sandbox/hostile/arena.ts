import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import type { GuestCall, GuestResult, ModuleLimits, ModuleTerms, Sandbox } from "../../../../core/ports/sandbox.ts";
import type { Hex } from "../../../../core/types/hex.ts";
import { isModuleRefusal, type RuleName } from "../../../../node/sandbox/admission/refusal.ts";
import { createSandbox, DEFAULT_LIMITS, DEFAULT_TERMS, type SandboxOptions } from "../../../../node/sandbox/sandbox.ts";
import { createRecordingLog } from "../../../support/recording-log.ts";
import { createRecordingMeter, type RecordingMeter } from "../support/recording-meter.ts";
import { reactor } from "../support/wat.ts";

/** An ordinary call, but for its module. */
export const ROUND = {
  phase: "observe",
  input: new Uint8Array(50),
  feed: "FEED/USD",
  time: 1_700_000_000,
} as const satisfies Partial<GuestCall>;

/** A real sandbox, and an innocent module in it that has to be served whatever the others do. */
export interface Arena {
  readonly sandbox: Sandbox;
  readonly meter: RecordingMeter;
  /** Of the sandbox process that is up now. */
  pid(): number;
  /** Admits a module and runs a phase of it. */
  attack(bytes: Uint8Array, options?: AttackOptions): Promise<GuestResult>;
  /** Fails unless the innocent module gets its answer, with the fuel that it always costs. */
  innocentIsServed(): Promise<void>;
  /** Fails unless admission refuses the module by this rule; then the innocent module is served. */
  refuses(bytes: Uint8Array, rule: RuleName, limits?: Partial<ModuleLimits>): Promise<void>;
  stop(): Promise<void>;
}

export interface AttackOptions {
  readonly limits?: Partial<ModuleLimits>;
  readonly terms?: Partial<ModuleTerms>;
  readonly call?: Partial<GuestCall>;
}

export async function createArena(options: SandboxOptions = {}): Promise<Arena> {
  const meter = createRecordingMeter();
  const log = createRecordingLog();
  const sandbox = await createSandbox(options, { log, meter });
  const innocent = await sandbox.admit(await reactor(), { ...DEFAULT_TERMS, name: "innocent" });
  const admit = (bytes: Uint8Array, { limits, terms }: AttackOptions = {}): Promise<Hex> =>
    sandbox.admit(bytes, { ...DEFAULT_TERMS, ...terms, limits: { ...DEFAULT_LIMITS, ...limits } });
  const arena: Arena = {
    ...{ sandbox, meter },
    pid: () => Number(log.lines.findLast(({ fields }) => "pid" in fields)?.fields.pid),
    attack: async (bytes, attack = {}) =>
      sandbox.call({ ...ROUND, ...attack.call, module: await admit(bytes, attack) }),
    innocentIsServed: async () => {
      const result = await sandbox.call({ ...ROUND, module: innocent });
      assert.equal(outcome(result), "output after 2");
    },
    refuses: async (bytes, rule, limits = {}) => {
      await assert.rejects(admit(bytes, { limits }), (error) => {
        assert.ok(isModuleRefusal(error), String(error));
        assert.equal(error.data.rule, rule, error.message);
        return true;
      });
      await arena.innocentIsServed();
    },
    stop: () => sandbox.stop(),
  };
  return arena;
}

/** `output after 2`, or the failure's code. */
export function outcome(result: GuestResult): string {
  return result.kind === "failed" ? result.code : `output after ${result.fuel}`;
}

/** The most memory that a process had resident so far, in MiB; undefined where the system does not tell. */
export function peakMiB(pid: number): number | undefined {
  return statusMiB(pid, "VmHWM");
}

/** The memory that a process has resident now, in MiB; undefined where the system does not tell. */
export function residentMiB(pid: number): number | undefined {
  return statusMiB(pid, "VmRSS");
}

function statusMiB(pid: number, field: string): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "utf8"))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

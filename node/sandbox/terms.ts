import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ModuleLimits, ModuleTerms } from "../../core/ports/sandbox.ts";
import { CAPS } from "./admission/rules.ts";

export interface ModuleLimitInvalid {
  readonly code: "module-limit-invalid";
  readonly limit: keyof ModuleLimits;
  readonly minimum: bigint;
  readonly maximum: bigint;
}

/** What a module gets unless its manifest says otherwise. 50 million units are about 50 ms. */
export const DEFAULT_LIMITS: ModuleLimits = {
  moduleBytes: CAPS.moduleBytes,
  memoryPages: CAPS.memoryPages,
  tableEntries: CAPS.tableEntries,
  fuelPerPhase: 50_000_000n,
  timeoutMs: 1_000,
  fileDescriptors: 16,
};

export const DEFAULT_TERMS: ModuleTerms = {
  name: "module",
  limits: DEFAULT_LIMITS,
  host: [],
  floats: "canonical",
  folders: [],
};

/** The most that a manifest may ask for. Go's runtime alone has 2 MiB. */
export const MAX_LIMITS: ModuleLimits = {
  moduleBytes: CAPS.mostModuleBytes,
  memoryPages: CAPS.memoryPages,
  tableEntries: CAPS.tableEntries,
  fuelPerPhase: 1_000_000_000n,
  timeoutMs: 10_000,
  fileDescriptors: 16,
};

/** stdin, stdout and stderr are open from the start; a module without tables needs no entry. */
const MINIMUM: Readonly<Record<keyof ModuleLimits, number>> = {
  moduleBytes: 1,
  memoryPages: 1,
  tableEntries: 0,
  fuelPerPhase: 1,
  timeoutMs: 1,
  fileDescriptors: 3,
};

/** @throws QuorateError<ModuleLimitInvalid> for a limit that is no whole number within its bounds. */
export function checkLimits(limits: ModuleLimits, most: ModuleLimits): void {
  for (const limit of Object.keys(MINIMUM) as (keyof ModuleLimits)[]) {
    const [asked, minimum, maximum] = [limits[limit], MINIMUM[limit], most[limit]];
    if (asked >= minimum && asked <= maximum && (typeof asked === "bigint" || Number.isInteger(asked))) continue;
    throw new QuorateError<ModuleLimitInvalid>(
      { code: "module-limit-invalid", limit, minimum: BigInt(minimum), maximum: BigInt(maximum) },
      `the module asks for ${limit} ${asked}: its manifest may name a whole number from ${minimum} to ${maximum}`,
    );
  }
}

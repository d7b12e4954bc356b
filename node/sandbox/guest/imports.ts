import { HOST_MODULE } from "../host/signatures.ts";
import { createHostFunctions } from "../host/host-functions.ts";
import { createWasi, type Wasi } from "../wasi/wasi.ts";
import { webAssembly, type CompiledModule, type HostFunction } from "../wasm/web-assembly.ts";
import { createAbort } from "./abort.ts";
import { guarded } from "./guard.ts";
import type { ProgramTerms } from "./program.ts";
import type { GuestSession } from "./session.ts";

/** What a module imports: names by module. Known once per program, so that an instance gets what it uses and no more. */
export type Wanted = ReadonlyMap<string, readonly string[]>;

type HostFunctions = Readonly<Record<string, HostFunction>>;

export interface InstanceImports {
  readonly functions: Readonly<Record<string, HostFunctions>>;
  /** Absent where the module imports nothing of it. */
  readonly wasi: Wasi | undefined;
}

export function wantedImports(module: CompiledModule): Wanted {
  const names = Map.groupBy(webAssembly.Module.imports(module), (entry) => entry.module);
  return new Map([...names].map(([from, entries]) => [from, entries.map(({ name }) => name)]));
}

/** Whether the module can ask for something of the run, which is not known before a phase begins. */
export function wantsRun(wanted: Wanted): boolean {
  return [...wanted.keys()].some((from) => from !== "env");
}

/** Makes the functions that one instance imports. */
export function createImports(wanted: Wanted, session: GuestSession, terms: ProgramTerms): InstanceImports {
  const usesWasi = [...wanted.keys()].some((from) => from.startsWith("wasi_"));
  const wasi = usesWasi ? createWasi(session, terms) : undefined;
  const offered: Record<string, () => HostFunctions> = {
    env: () => ({ abort: createAbort(session) }),
    [HOST_MODULE]: () => createHostFunctions(session),
    wasi_snapshot_preview1: () => wasi?.imports.wasi_snapshot_preview1 ?? {},
    wasi_unstable: () => wasi?.imports.wasi_unstable ?? {},
  };
  const functions = [...wanted].map(([from, names]) => [from, pick(names, offered[from]?.() ?? {})] as const);
  return { functions: Object.fromEntries(functions), wasi };
}

/** Guards what is imported. A name that is not offered stays out; instantiation then says so. Admission lets none pass. */
function pick(names: readonly string[], offered: HostFunctions): HostFunctions {
  const picked: Record<string, HostFunction> = {};
  for (const name of names) {
    const offer = Object.hasOwn(offered, name) ? offered[name] : undefined;
    if (offer !== undefined) picked[name] = guarded(name, offer);
  }
  return picked;
}

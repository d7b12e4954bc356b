import type { HostCapability } from "../../../core/ports/sandbox.ts";
import { HOST_MODULE, HOST_SIGNATURES } from "../host/signatures.ts";
import { WASI_SIGNATURES } from "../wasi/signatures.ts";
import type { ExternKind } from "../wasm/module-types.ts";
import { I32, I64, type FunctionType } from "../wasm/wasm-types.ts";

/** A function that a fetcher may import. */
export interface OfferedImport {
  readonly type: FunctionType;
  /** What its manifest has to ask for. */
  readonly capability?: HostCapability;
}

/** AssemblyScript's `abort(message, file, line, column)`; the host answers with a coded trap. */
const ABORT: FunctionType = { params: [I32, I32, I32, I32], results: [] };

type Offers = ReadonlyMap<string, OfferedImport>;

/** By module, then by name. Maps, because the names that are looked up here come from a hostile file. */
const OFFERS: ReadonlyMap<string, Offers> = new Map<string, Offers>([
  ["env", new Map([["abort", { type: ABORT }]])],
  ...Object.entries(WASI_SIGNATURES).map(([module, types]): [string, Offers] => [
    module,
    new Map(Object.entries(types).map(([name, type]) => [name, { type }])),
  ]),
  [HOST_MODULE, new Map(Object.entries(HOST_SIGNATURES))],
]);

export function offeredImport(module: string, name: string): OfferedImport | undefined {
  return OFFERS.get(module)?.get(name);
}

/** Names that a message lists. */
const MOST_LISTED = 8;

/** What to tell one who asked for something else of this module. */
export function offersOf(module: string): string {
  const offers = OFFERS.get(module);
  if (offers === undefined) return `a fetcher may import from ${[...OFFERS.keys()].join(", ")} alone`;
  const names = [...offers.keys()];
  if (names.length > MOST_LISTED) return `${module} has no such function`;
  // Compilers import from \`env\` what is declared without a module.
  const hint = module === "env" ? `; host functions are imported from \`${HOST_MODULE}\`` : "";
  return `${module} offers ${names.join(", ")} alone${hint}`;
}

export type CoreShape = "reactor" | "command";

export interface AbiExport {
  readonly name: string;
  readonly kind: ExternKind;
  readonly type?: FunctionType;
  readonly required: boolean;
}

const MEMORY: AbiExport = { name: "memory", kind: "memory", required: true };
const NOTHING: FunctionType = { params: [], results: [] };
const PHASE: FunctionType = { params: [I32, I32], results: [I64] };

/** ABI `fetcher/1`. Exports besides these are left out of the metered module. */
export const ABI_EXPORTS: Readonly<Record<CoreShape, readonly AbiExport[]>> = {
  reactor: [
    MEMORY,
    { name: "alloc", kind: "function", type: { params: [I32], results: [I32] }, required: true },
    { name: "requests", kind: "function", type: PHASE, required: true },
    { name: "observe", kind: "function", type: PHASE, required: true },
    /** WASI's reactors: called once, when the instance is made. */
    { name: "_initialize", kind: "function", type: NOTHING, required: false },
  ],
  command: [MEMORY, { name: "_start", kind: "function", type: NOTHING, required: true }],
};

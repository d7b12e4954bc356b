import { I32, I64, type FunctionType } from "../wasm/wasm-types.ts";

/**
 * Version of everything in this file and in `opcodes.ts`: what is admitted, and what it costs. Two nodes that meter with
 * different versions disagree on fuel, so the version is part of the configuration digest. Any change here raises it.
 */
export const RULES_VERSION = 1;

/** What a module may consist of. Each bound stands far above what compilers emit for a fetcher. */
export const CAPS = {
  /** A fetcher of ours has 10 KiB; a Rust one with a JSON library 84 KiB. The operator may raise this one. */
  moduleBytes: 128 * 1024,
  /** 24 bytes of charge per guest byte is the worst case; a real module grows threefold. Bounds compile time. */
  instrumentedBytes: 4 * 1024 * 1024,
  /** 128 MiB. */
  memoryPages: 2048,
  /** V8 spends 28 bytes an entry; a 9-million-entry table cost 250 MB. */
  tableEntries: 10_000,
  types: 1_000,
  /** Parameters, and results, of one function type. */
  arity: 64,
  functions: 10_000,
  globals: 1_000,
  imports: 16,
  exports: 64,
  /** Parameters and locals of one function; each costs a stack slot. */
  locals: 1_000,
  /** A switch with as many cases nests as many blocks; V8 and the meter walk this on a stack. */
  nesting: 1_000,
  branchTargets: 4_096,
  dataSegments: 1_000,
  elementSegments: 1_000,
  /** Bytes of an import's or export's name. */
  nameBytes: 256,
} as const;

/** Fuel prices besides those of single opcodes. One unit is about one nanosecond of an ordinary core. */
export const FUEL = {
  /** Each declared local is zeroed on entry. */
  perLocal: 1,
  /** memory.grow takes up to 0.6 µs even where it grows by nothing. */
  growCall: 512,
  /** Growing by a page takes about 10 µs, its first use as much again. The whole 128 MiB stay below the default limit. */
  growPage: 16_384,
  /** memory.fill, copy and init leave the compiled code. */
  bulkCall: 32,
  /** Bulk operations cost one unit per 2⁴ bytes. */
  bulkBytesShift: 4,
  /** What a start function may spend before the first call; it is not part of any phase's fuel. */
  instantiation: 10_000_000n,
} as const;

/**
 * Call depth is counted in stack slots of 8 bytes, so that the limit is the same on each engine tier and stays far
 * below the 4 MiB stack of a worker: 65,536 slots are 512 KiB. A function weighs base + locals + its highest operand stack.
 */
export const DEPTH = {
  slots: 65_536,
  frameBase: 8,
  /** A function that calls nothing and weighs at most this is not counted: it cannot recurse. */
  freeLeaf: 1_024,
} as const;

export interface AllowedImport {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

/** AssemblyScript's `abort(message, file, line, column)`; the host answers with a coded trap. Nothing else is offered. */
export const ALLOWED_IMPORTS: readonly AllowedImport[] = [
  { module: "env", name: "abort", type: { params: [I32, I32, I32, I32], results: [] } },
];

export type ExportKind = "function" | "table" | "memory" | "global";

export interface AllowedExport {
  readonly name: string;
  readonly kind: ExportKind;
  readonly type?: FunctionType;
  readonly required: boolean;
}

const PHASE_TYPE: FunctionType = { params: [I32, I32], results: [I64] };

/** ABI `fetcher/1`, reactor shape. The optional ones are what linkers add on their own; the host never reads them. */
export const ALLOWED_EXPORTS: readonly AllowedExport[] = [
  { name: "memory", kind: "memory", required: true },
  { name: "alloc", kind: "function", type: { params: [I32], results: [I32] }, required: true },
  { name: "requests", kind: "function", type: PHASE_TYPE, required: true },
  { name: "observe", kind: "function", type: PHASE_TYPE, required: true },
  { name: "__data_end", kind: "global", required: false },
  { name: "__heap_base", kind: "global", required: false },
  { name: "__indirect_function_table", kind: "table", required: false },
];

/** Exports that the meter adds. A guest export of such a name is not in the list above, so it is refused. */
export const METER_EXPORTS = { fuel: "__meter_fuel", depth: "__meter_depth", fault: "__meter_fault" } as const;

/** Values of the fault global. */
export const FAULT = {
  none: 0,
  /** memory.grow failed below the cap: this machine is out of memory, which is never the guest's result. */
  host: 1,
  /** memory.grow was refused at the cap; the guest saw −1. */
  memoryCap: 2,
} as const;

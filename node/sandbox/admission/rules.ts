/**
 * Version of everything in this file, in `wasm/opcodes.ts`, `wasi/limits.ts` and the components' prices: what is admitted,
 * and what it costs. Two nodes that meter with different versions disagree on fuel, so the version is part of the
 * configuration digest. Any change in these raises it.
 */
export const RULES_VERSION = 2;

/** What a module may consist of. Each bound stands far above what compilers emit for a fetcher. */
export const CAPS = {
  /** A fetcher of ours has 10 KiB; a Rust one with a JSON library 84 KiB. Its manifest may raise it, up to the most. */
  moduleBytes: 128 * 1024,
  /** Go's runtime takes 1.5 to 3 MiB. */
  mostModuleBytes: 4 * 1024 * 1024,
  /** 128 MiB. */
  memoryPages: 2048,
  /** V8 spends 28 bytes an entry; a 9-million-entry table cost 250 MB. */
  tableEntries: 10_000,
  types: 1_000,
  /** Parameters, and results, of one function type. */
  arity: 64,
  functions: 10_000,
  /** Bytes of one function. The meter holds one at a time as instructions, 40 MB at most; V8's optimiser gives up earlier. */
  functionBytes: 512 * 1024,
  globals: 1_000,
  /** Everything that is offered: WASI under both its names, the host's functions and `env.abort`. */
  imports: 128,
  /** Those outside the ABI are left out. A debug build exports each of its functions. */
  exports: 10_000,
  /** Parameters and locals of one function; each costs a stack slot. */
  locals: 1_000,
  branchTargets: 4_096,
  /** A switch with as many cases nests as many blocks. With 1,000 locals V8 takes 44 ms for one, its optimiser 0.9 s. */
  nesting: 4_096,
  /** Go's linker writes one for each run of bytes between zeros. Engines take as many. */
  dataSegments: 100_000,
  elementSegments: 1_000,
  /** Bytes of an import's or export's name; a mangled one is long. */
  nameBytes: 1_024,
  /** Core modules of a component: its own, one per adapter, and two that tie them together. */
  cores: 16,
  /** Instances of them. Each module is instantiated once in what toolchains make; each instance costs memory of the host. */
  coreInstances: 32,
  /** Characters of the JavaScript that links a component: 98,000 without imports, 750,000 with all of WASI 0.2. */
  glueBytes: 2 * 1024 * 1024,
} as const;

/** Bytes that any metered module may have: the smaller ones may grow as badly as they can, up to 24 bytes of charge per byte. */
const METERED_BYTES = 4 * 1024 * 1024;
/** A real module grows threefold; the larger ones may grow by this factor. Bounds compile time. */
const METERED_FACTOR = 8;

/** @param moduleBytes the limit for the original. */
export function meteredBytesCap(moduleBytes: number): number {
  return Math.max(METERED_BYTES, METERED_FACTOR * moduleBytes);
}

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
  /** A call out of WebAssembly and back takes 0.1–0.5 µs. */
  hostCall: 512,
  /** Host functions cost one unit per 2² bytes that they copy, check or hash. */
  hostBytesShift: 2,
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
  /**
   * A function of a component that may call out of its core module weighs so much more: the way out and back in passes
   * frames of the host, some 4 KiB of them, which no counter sees.
   */
  foreignCall: 128,
} as const;

/** Exports that the meter adds, if the module keeps its own counters. */
export const METER_EXPORTS = { fuel: "__meter_fuel", depth: "__meter_depth", fault: "__meter_fault" } as const;

/**
 * Where the core modules of a component import their counters from: they share one set, so that a limit is the
 * component's and not each part's. The host makes these globals: fuel is a mutable i64, depth and fault are mutable i32.
 */
export const METER_IMPORTS = { module: "quorate:meter", fuel: "fuel", depth: "depth", fault: "fault" } as const;

/** Values of the fault global. */
export const FAULT = {
  none: 0,
  /** memory.grow failed below the cap: this machine is out of memory, which is never the guest's result. */
  host: 1,
  /** memory.grow was refused at the cap; the guest saw −1. */
  memoryCap: 2,
} as const;

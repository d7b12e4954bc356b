import type { Phase } from "../../../core/ports/sandbox.ts";
import type { StorageSnapshot } from "../../../core/ports/module-storage.ts";
import { DEPTH, METER_EXPORTS } from "../../../node/sandbox/admission/rules.ts";
import { createImports, wantedImports } from "../../../node/sandbox/guest/imports.ts";
import { GuestSession } from "../../../node/sandbox/guest/session.ts";
import { EffectsCollector } from "../../../node/sandbox/host/effects.ts";
import { WasiExit } from "../../../node/sandbox/wasi/wasi.ts";
import {
  type CompiledModule,
  webAssembly,
  type WasmGlobal,
  type WasmMemory,
} from "../../../node/sandbox/wasm/web-assembly.ts";

interface Exports {
  readonly memory: WasmMemory;
  readonly alloc?: (size: number) => number;
  readonly requests?: (pointer: number, length: number) => bigint;
  readonly observe?: (pointer: number, length: number) => bigint;
  readonly _initialize?: () => void;
  readonly _start?: () => void;
  readonly [METER_EXPORTS.fuel]?: WasmGlobal<bigint>;
  readonly [METER_EXPORTS.depth]?: WasmGlobal<number>;
}

export interface DirectInput {
  readonly phase: Phase;
  readonly input: Uint8Array;
  readonly feed: string;
  readonly time: number;
  readonly storage: StorageSnapshot;
}

const PLENTY = 10n ** 15n;

/**
 * Runs one phase of a core module in this thread, metered or as its author compiled it, with the same imports around it.
 * @returns milliseconds inside the guest; instantiation is not part of it.
 */
export function timedRun(module: CompiledModule, { phase, input, feed, time, storage }: DirectInput): number {
  const session = new GuestSession();
  const { functions, wasi } = createImports(wantedImports(module), session, { folders: [], fileDescriptors: 16 });
  const exports = new webAssembly.Instance(module, functions).exports as Exports;
  const fuel = exports[METER_EXPORTS.fuel] ?? { value: PLENTY };
  fuel.value = PLENTY;
  const depth = exports[METER_EXPORTS.depth];
  if (depth !== undefined) depth.value = DEPTH.slots;
  session.attach({ memory: exports.memory, fuel });
  const run = { module: "0x00", phase, input, fuel: PLENTY, maxOutputBytes: 65_536, feed, time, storage } as const;
  session.begin(run, new EffectsCollector(storage));
  wasi?.begin();
  const start = performance.now();
  execute(exports, phase, input);
  return performance.now() - start;
}

function execute(exports: Exports, phase: Phase, input: Uint8Array): void {
  if (exports._start !== undefined) {
    runCommand(exports._start);
    return;
  }
  exports._initialize?.();
  const pointer = (exports.alloc?.(input.length) ?? 0) >>> 0;
  new Uint8Array(exports.memory.buffer, pointer, input.length).set(input);
  const answer = exports[phase]?.(pointer, input.length);
  if (answer === undefined) throw new TypeError(`the module has no ${phase}`);
}

/** Many programs end by proc_exit(0). */
function runCommand(start: () => void): void {
  try {
    start();
  } catch (error) {
    if (!(error instanceof WasiExit) || error.exitCode !== 0) throw error;
  }
}

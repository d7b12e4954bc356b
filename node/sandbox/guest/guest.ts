import { isUtf8 } from "node:buffer";
import type { GuestFailureCode, GuestResult, Phase } from "../../../core/ports/sandbox.ts";
import { DEPTH, FAULT, METER_EXPORTS } from "../admission/rules.ts";
import { webAssembly, type CompiledModule, type WasmGlobal, type WasmMemory } from "../wasm/web-assembly.ts";

/** The exports of an admitted, metered module. Admission has checked their types. */
interface GuestExports {
  readonly memory: WasmMemory;
  readonly alloc: (size: number) => number;
  readonly requests: (pointer: number, length: number) => bigint;
  readonly observe: (pointer: number, length: number) => bigint;
  readonly [METER_EXPORTS.fuel]: WasmGlobal<bigint>;
  readonly [METER_EXPORTS.depth]: WasmGlobal<number>;
  readonly [METER_EXPORTS.fault]: WasmGlobal<number>;
}

/** A fresh instance. It serves one phase of one round and is then dropped, so nothing leaks from one to the next. */
export interface Guest {
  readonly exports: GuestExports;
}

export interface PhaseRun {
  readonly phase: Phase;
  readonly input: Uint8Array;
  readonly fuel: bigint;
  readonly maxOutputBytes: number;
}

class GuestAbort extends Error {}

class GuestFault extends Error {
  readonly code: GuestFailureCode;

  constructor(code: GuestFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws what the engine throws when a start function traps or this machine cannot give the initial memory. */
export function instantiateGuest(module: CompiledModule): Guest {
  // A start function may abort before there is an instance to read the message from.
  const started: { memory?: WasmMemory } = {};
  const abort = (...[message = 0, , line = 0, column = 0]: number[]): never => {
    throw new GuestAbort(`abort at ${line >>> 0}:${column >>> 0}${abortText(started.memory, message)}`);
  };
  const instance = new webAssembly.Instance(module, { env: { abort } });
  const exports = instance.exports as GuestExports;
  started.memory = exports.memory;
  return { exports };
}

/**
 * Writes the input into the guest, runs one phase and copies the output out. Fuel covers `alloc` and the phase together.
 * Never throws: whatever the guest does ends as a coded result. A guest that ran out has spent exactly its limit.
 */
export function runGuest({ exports }: Guest, run: PhaseRun): GuestResult {
  const fuel = exports[METER_EXPORTS.fuel];
  fuel.value = run.fuel;
  exports[METER_EXPORTS.depth].value = DEPTH.slots;
  exports[METER_EXPORTS.fault].value = FAULT.none;
  try {
    const output = execute(exports, run);
    return { kind: "output", output, fuel: run.fuel - fuel.value };
  } catch (error) {
    const { code, message } = classify(exports, error);
    const spent = fuel.value < 0n ? run.fuel : run.fuel - fuel.value;
    return { kind: "failed", code, message, fuel: spent };
  }
}

function execute(exports: GuestExports, { phase, input, maxOutputBytes }: PhaseRun): Uint8Array {
  const pointer = exports.alloc(input.length) >>> 0;
  region(exports.memory, { pointer, length: input.length, what: "alloc" }).set(input);
  const packed = exports[phase](pointer, input.length);
  const [at, length] = [Number(BigInt.asUintN(32, packed >> 32n)), Number(BigInt.asUintN(32, packed))];
  if (length > maxOutputBytes) {
    throw new GuestFault("output-too-large", `${phase} answered ${length} bytes, at most ${maxOutputBytes} are taken`);
  }
  const output = region(exports.memory, { pointer: at, length, what: phase }).slice();
  if (!isUtf8(output)) throw new GuestFault("output-invalid", `${phase} answered bytes that are no UTF-8`);
  return output;
}

function region(
  { buffer }: WasmMemory,
  { pointer, length, what }: { readonly pointer: number; readonly length: number; readonly what: string },
): Uint8Array {
  if (pointer + length > buffer.byteLength) {
    const place = `${length} bytes at ${pointer}, the memory has ${buffer.byteLength}`;
    throw new GuestFault("output-invalid", `${what} answered a place outside the memory: ${place}`);
  }
  return new Uint8Array(buffer, pointer, length);
}

/** The meter's globals say what the engine's error cannot: its wording differs from version to version. */
function classify(
  exports: GuestExports,
  error: unknown,
): { readonly code: GuestFailureCode; readonly message: string } {
  const fault = exports[METER_EXPORTS.fault].value;
  if (error instanceof GuestFault) return error;
  if (fault === FAULT.host) return { code: "host-fault", message: "this machine has no memory left for the module" };
  if (exports[METER_EXPORTS.fuel].value < 0n) {
    return { code: "fuel-exhausted", message: "the module spent all its fuel: raise fuelPerPhase or make it cheaper" };
  }
  if (exports[METER_EXPORTS.depth].value < 0) {
    return { code: "depth-exceeded", message: `calls nest deeper than ${DEPTH.slots} stack slots: use loops` };
  }
  if (fault === FAULT.memoryCap) {
    return { code: "memory-exceeded", message: "the module reached its memory limit: raise memoryPages or use less" };
  }
  if (error instanceof GuestAbort) return { code: "trap", message: error.message };
  if (error instanceof webAssembly.RuntimeError) return { code: "trap", message: error.message };
  return { code: "host-fault", message: error instanceof Error ? error.message : "the engine failed" };
}

/** Bytes of an abort message that are shown. */
const ABORT_BYTES = 240;

/** AssemblyScript strings are UTF-16 with their length in bytes before them. The guest may have put anything there. */
function abortText(memory: WasmMemory | undefined, pointer: number): string {
  const start = pointer >>> 0;
  if (memory === undefined || start < 4 || start > memory.buffer.byteLength) return "";
  const declared = new DataView(memory.buffer).getUint32(start - 4, true);
  const length = Math.min(declared, ABORT_BYTES, memory.buffer.byteLength - start) & ~1;
  const text = new TextDecoder("utf-16le").decode(new Uint8Array(memory.buffer, start, length));
  return text === "" ? "" : `: ${text.replaceAll(/[^\x20-\x7e]/g, "?")}`;
}

import type { Counters } from "../guest/counters.ts";
import { GuestFault } from "../guest/guest-fault.ts";
import type { GuestSession } from "../guest/session.ts";
import { WasiExit } from "../wasi/wasi.ts";
import { webAssembly, type WasmMemory } from "../wasm/web-assembly.ts";
import { COMPONENT } from "./costs.ts";
import type { GlueGlobals } from "./glue.ts";

export interface CallContext {
  readonly session: GuestSession;
  readonly counters: Counters;
}

/**
 * The engine's words for a machine that has no stack, memory or address space left, in errors of whatever realm. Making an
 * instance may meet the last: its memory is reserved then.
 */
const MACHINE_FAULT =
  /^RangeError: (?:Maximum call stack size exceeded|Array buffer allocation failed|WebAssembly\.\w+\(\): Out of memory)/;

/**
 * What ended a phase: a trap of the engine, a fault of the guest, its exit, or a fault of this machine, as they are.
 * Whatever else the generated code throws came of values that break the canonical ABI: the guest's trap.
 */
export function endingOf(error: unknown): unknown {
  if (error instanceof webAssembly.RuntimeError || error instanceof GuestFault || error instanceof WasiExit)
    return error;
  if (MACHINE_FAULT.test(String(error))) return error;
  return new GuestFault("trap", "the component broke the canonical ABI");
}

export interface HostCallContext extends CallContext {
  /** Called first; may throw. */
  readonly onCall: () => void;
}

/**
 * Wraps a function that the generated code gives a core module: calls of WASI, and built-ins on resources. It charges fuel
 * and depth before anything is done (the generated code keeps a record of each call), and makes a trap of whatever
 * the generated code throws at arguments that break the canonical ABI.
 */
export function hostCall(call: object, { session, counters: { depth }, onCall }: HostCallContext): object {
  return (...args: never[]): unknown => {
    onCall();
    session.charge(COMPONENT.callBytes);
    depth.value -= COMPONENT.callSlots;
    if (depth.value < 0) throw new GuestFault("depth-exceeded", "calls of the host nest too deeply");
    try {
      const result = (call as (...args: never[]) => unknown)(...args);
      depth.value += COMPONENT.callSlots;
      return result;
    } catch (error) {
      throw endingOf(error);
    }
  };
}

/**
 * The generated code's ways into the guest's memory whose work grows with what the guest says. They charge before they
 * work, and trap where the generated code would make do with what there is.
 */
export function meteredGlobals({ session, counters: { fuel } }: CallContext): GlueGlobals {
  /** Handles are read one by one, from lists of any length. */
  class GuestView extends DataView<ArrayBuffer> {
    override getInt32(offset: number, littleEndian?: boolean): number {
      fuel.value -= COMPONENT.handleFuel;
      if (fuel.value < 0n) throw new GuestFault("fuel-exhausted", "the module spent all its fuel on a list of handles");
      return super.getInt32(offset, littleEndian);
    }
  }
  class GuestText extends TextDecoder {
    constructor(encoding?: string) {
      super(encoding, { fatal: true, ignoreBOM: true });
    }

    override decode(bytes: Uint8Array): string {
      session.charge(bytes.byteLength);
      return super.decode(bytes);
    }
  }
  const takeBytes = ({ buffer }: WasmMemory, start: number, end: number): ArrayBuffer => {
    if (start < 0 || end < start || end > buffer.byteLength) {
      const place = `${end - start} bytes at ${start >>> 0}, the memory has ${buffer.byteLength}`;
      throw new GuestFault("trap", `the component names a place outside its memory: ${place}`);
    }
    session.charge(end - start);
    return buffer.slice(start, end);
  };
  return { DataView: GuestView, TextDecoder: GuestText, takeBytes, WebAssembly: ENGINE };
}

/** No compiler, no suspension of stacks: errors, which the generated code compares, and the flags that it shares with cores. */
const ENGINE = Object.freeze({ RuntimeError: webAssembly.RuntimeError, Global: webAssembly.Global });

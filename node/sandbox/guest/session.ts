import type { Phase } from "../../../core/ports/sandbox.ts";
import type { StorageSnapshot } from "../../../core/ports/module-storage.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { FUEL } from "../admission/rules.ts";
import type { EffectsCollector } from "../host/effects.ts";
import type { WasmGlobal, WasmMemory } from "../wasm/web-assembly.ts";
import { GuestFault } from "./guest-fault.ts";

/** One phase of one round, as the worker is told to run it. */
export interface PhaseRun {
  readonly module: Hex;
  readonly phase: Phase;
  readonly input: Uint8Array;
  readonly fuel: bigint;
  readonly maxOutputBytes: number;
  readonly feed: string;
  /** Unix seconds. */
  readonly time: number;
  readonly storage: StorageSnapshot;
}

/** What the host functions need of the instance that calls them. */
export interface SessionInstance {
  readonly memory: WasmMemory;
  readonly fuel: WasmGlobal<bigint>;
}

/** More than a memory has: 2³² − 1. */
const MOST_BYTES = 0xffff_ffff;

/**
 * What the host functions of one instance share. Instances are made before it is known what they will run, so a session
 * starts empty: it is given its instance when there is one, and its run when a phase begins.
 */
export class GuestSession {
  #instance: SessionInstance | undefined;
  #phase: { readonly run: PhaseRun; readonly effects: EffectsCollector } | undefined;

  attach(instance: SessionInstance): void {
    this.#instance = instance;
  }

  begin(run: PhaseRun, effects: EffectsCollector): void {
    this.#phase = { run, effects };
  }

  /** Absent while a start function runs. */
  get instance(): SessionInstance | undefined {
    return this.#instance;
  }

  /** @throws GuestFault in a start function, which may call no host function. */
  get run(): PhaseRun {
    return this.#running.run;
  }

  get effects(): EffectsCollector {
    return this.#running.effects;
  }

  /**
   * Charges a host function: a flat price, and the bytes it handles. Every host function charges before it does anything.
   * @param bytes a guest's i32 is taken as unsigned; a sum of such may pass 32 bits.
   */
  charge(bytes = 0): void {
    const { fuel } = this.#attached;
    const taken = bytes > MOST_BYTES ? MOST_BYTES : bytes >>> 0;
    fuel.value -= BigInt(FUEL.hostCall + (taken >>> FUEL.hostBytesShift));
    if (fuel.value < 0n) throw new GuestFault("fuel-exhausted", "the module spent all its fuel in host functions");
  }

  /** A view of the guest's memory, valid until the guest runs again. Pointers are taken as unsigned. */
  bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#attached.memory;
    const [start, size] = [pointer >>> 0, length >>> 0];
    if (start + size > buffer.byteLength) {
      const place = `${size} bytes at ${start}, the memory has ${buffer.byteLength}`;
      throw new GuestFault("trap", `a host function was given a place outside the memory: ${place}`);
    }
    return new Uint8Array(buffer, start, size);
  }

  get memory(): WasmMemory {
    return this.#attached.memory;
  }

  get #attached(): SessionInstance {
    if (this.#instance === undefined) throw new GuestFault("trap", "a start function may call no host function");
    return this.#instance;
  }

  get #running() {
    if (this.#phase === undefined) throw new GuestFault("trap", "a start function may call no host function");
    return this.#phase;
  }
}

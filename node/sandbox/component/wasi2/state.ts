import { GuestFault } from "../../guest/guest-fault.ts";
import type { GuestSession } from "../../guest/session.ts";
import { VirtualClock } from "../../wasi/clock.ts";
import { Stderr, Stdout } from "../../wasi/output.ts";
import { RandomStream } from "../../wasi/random.ts";
import type { WasiTerms } from "../../wasi/wasi-state.ts";
import { COMPONENT } from "../costs.ts";

/** They count as under preview 1, though nobody can close them here. */
const STANDARD_STREAMS = 3;

/** What the WASI 0.2 objects of one instance share. Clock, randomness and streams are those of preview 1. */
export class ComponentState {
  readonly session: GuestSession;
  readonly terms: WasiTerms;
  readonly stdout: Stdout;
  readonly stderr: Stderr;
  #clock: VirtualClock | undefined;
  #random: RandomStream | undefined;
  #stdinOffset = 0;
  #resources = 0;
  #descriptors = STANDARD_STREAMS;

  constructor(session: GuestSession, terms: WasiTerms) {
    this.session = session;
    this.terms = terms;
    this.stdout = new Stdout(session);
    this.stderr = new Stderr(session);
  }

  get clock(): VirtualClock {
    return (this.#clock ??= new VirtualClock(this.session.run.time));
  }

  get random(): RandomStream {
    return (this.#random ??= new RandomStream(this.session.run));
  }

  /** The part of stdin that follows what was taken; all streams on it share the place. */
  takeInput(most: number): Uint8Array {
    const { input } = this.session.run;
    const part = input.subarray(this.#stdinOffset, this.#stdinOffset + most);
    this.#stdinOffset += part.length;
    return part;
  }

  /** Counts a resource that the guest is given; it gives it back when it drops it. @throws GuestFault above the bound. */
  hold(): void {
    if (++this.#resources <= COMPONENT.resources) return;
    throw new GuestFault(
      "trap",
      `the module holds more than ${COMPONENT.resources} resources: drop what you no longer use`,
    );
  }

  release(): void {
    this.#resources--;
  }

  /** Counts an open file or folder. @returns whether the manifest lets the module have one more. */
  open(): boolean {
    if (this.#descriptors >= this.terms.fileDescriptors) return false;
    this.#descriptors++;
    return true;
  }

  close(): void {
    this.#descriptors--;
  }
}

/** The error case of a function's result. The generated code hands `payload` to the guest. */
export class ResultError extends Error {
  readonly payload: unknown;

  constructor(payload: unknown) {
    super("the error case of a WASI function");
    this.payload = payload;
  }
}

import { GuestFault } from "../../guest/guest-fault.ts";
import { COMPONENT } from "../costs.ts";
import { ResultError, type ComponentState } from "./state.ts";

/** A thing that the guest holds by a handle and drops when it is done. */
export class Resource {
  readonly #state: ComponentState;

  constructor(state: ComponentState) {
    state.hold();
    this.#state = state;
  }

  /** Throws a TypeError where `this` is no resource of ours, as the generated code makes of an unknown handle. */
  protected get state(): ComponentState {
    return this.#state;
  }

  [Symbol.dispose](): void {
    this.#state.release();
  }
}

export class IoError extends Resource {
  toDebugString(): string {
    return "";
  }
}

/** Ready at once, or when the guest has slept until `due` (nanoseconds of `VirtualClock.slept`). */
export class Pollable extends Resource {
  readonly #due: bigint;

  constructor(state: ComponentState, due = 0n) {
    super(state);
    this.#due = due;
  }

  get due(): bigint {
    return this.#due;
  }

  ready(): boolean {
    return this.#due <= this.state.clock.slept;
  }

  block(): void {
    this.state.clock.sleepUntil(this.#due);
  }
}

/** Sleeps until the first is ready, which takes no time but moves the clocks. */
export function poll(state: ComponentState, pollables: readonly Pollable[]): Uint32Array {
  if (pollables.length === 0) throw new GuestFault("trap", "the module polls nothing, which would wait for ever");
  state.clock.sleepUntil(pollables.reduce((first, { due }) => (due < first ? due : first), pollables[0]?.due ?? 0n));
  return Uint32Array.from(pollables.flatMap((pollable, index) => (pollable.ready() ? [index] : [])));
}

/** Answers the next bytes, at most so many; none at the end. */
export type TakeBytes = (most: number) => Uint8Array;

export class InputStream extends Resource {
  readonly #take: TakeBytes;

  constructor(state: ComponentState, take: TakeBytes) {
    super(state);
    this.#take = take;
  }

  read(length: bigint): Uint8Array {
    const bytes = this.#take(atMost(length));
    this.state.session.charge(bytes.length);
    if (bytes.length === 0 && length > 0n) throw new ResultError({ tag: "closed" });
    return bytes;
  }

  blockingRead(length: bigint): Uint8Array {
    return this.read(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint {
    return this.skip(length);
  }

  subscribe(): Pollable {
    return new Pollable(this.state);
  }
}

export class OutputStream extends Resource {
  readonly #append: (bytes: Uint8Array) => void;

  constructor(state: ComponentState, append: (bytes: Uint8Array) => void) {
    super(state);
    this.#append = append;
  }

  checkWrite(): bigint {
    this.state.session.charge();
    return BigInt(COMPONENT.writeBytes);
  }

  /** Copying the contents out of the memory was charged already. */
  write(contents: Uint8Array): void {
    if (contents.length > COMPONENT.writeBytes) throw overfull();
    this.#append(contents);
  }

  blockingWriteAndFlush(contents: Uint8Array): void {
    this.write(contents);
  }

  flush(): void {
    this.state.session.charge();
  }

  blockingFlush(): void {
    this.flush();
  }

  subscribe(): Pollable {
    return new Pollable(this.state);
  }

  writeZeroes(length: bigint): void {
    if (length > BigInt(COMPONENT.writeBytes)) throw overfull();
    this.state.session.charge(Number(length));
    this.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    this.writeZeroes(length);
  }

  splice(source: InputStream, length: bigint): bigint {
    const bytes = source.read(length);
    this.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint {
    return this.splice(source, length);
  }
}

function overfull(): GuestFault {
  return new GuestFault(
    "trap",
    `the module writes more than the ${COMPONENT.writeBytes} bytes that a stream takes at once`,
  );
}

/** Streams hand out as much as they take in. */
function atMost(length: bigint): number {
  return length < BigInt(COMPONENT.writeBytes) ? Number(length) : COMPONENT.writeBytes;
}

import { GuestFault } from "../guest/guest-fault.ts";
import type { GuestSession } from "../guest/session.ts";
import { WASI_LIMITS } from "./limits.ts";

/** Room that the buffer starts with; a fetcher answers a few hundred bytes. */
const INITIAL_BYTES = 1024;
const LINE_FEED = 10;

/** What the guest writes to stdout, up to the run's bound. Beyond it the phase fails. */
export class Stdout {
  readonly #session: GuestSession;
  #bytes = new Uint8Array();
  #length = 0;

  constructor(session: GuestSession) {
    this.#session = session;
  }

  append(chunk: Uint8Array): void {
    const { maxOutputBytes, phase } = this.#session.run;
    const length = this.#length + chunk.length;
    if (length > maxOutputBytes) {
      throw new GuestFault("output-too-large", `${phase} wrote more than the ${maxOutputBytes} bytes that are taken`);
    }
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(INITIAL_BYTES, length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** What the guest writes to stderr: each line that is not empty becomes a line of its log. */
export class Stderr {
  readonly #session: GuestSession;
  /** The line that has no end yet, as far as it is kept. */
  #line = new Uint8Array(WASI_LIMITS.lineBytes);
  #length = 0;

  constructor(session: GuestSession) {
    this.#session = session;
  }

  /** Each line is charged as a call: it costs as much, however short it is. */
  append(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      const end = chunk.indexOf(LINE_FEED, start);
      this.#keep(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (end < 0) return;
      this.#session.charge();
      this.flush();
      start = end + 1;
    }
  }

  /** Logs a last line that has no end. */
  flush(): void {
    if (this.#length === 0) return;
    const text = new TextDecoder().decode(this.#line.subarray(0, this.#length));
    this.#length = 0;
    this.#session.effects.log("info", text);
  }

  #keep(part: Uint8Array): void {
    const kept = part.subarray(0, this.#line.length - this.#length);
    this.#line.set(kept, this.#length);
    this.#length += kept.length;
  }
}

import { hash } from "node:crypto";
import type { PhaseRun } from "../guest/session.ts";

const DOMAIN = "quorate/random";
/** Bytes of one SHA-256. */
const RANDOM_BLOCK_BYTES = 32;

/**
 * The randomness of a module in one round: block i is sha256(seed ‖ i as u64), big endian, of the seed
 * sha256("quorate/random" ‖ module digest ‖ feed ‖ time as u64). Equal in both phases of a round, and for everyone who
 * replays them; nodes whose clocks show another second when they begin the round see another. It is no secret: whoever knows
 * the module, the feed and the time knows it.
 */
export class RandomStream {
  /** The seed, and the number of the next block behind it. */
  readonly #state = Buffer.alloc(RANDOM_BLOCK_BYTES + 8);
  #next = 0n;
  #block: Uint8Array = new Uint8Array();

  constructor({ module, feed, time }: Pick<PhaseRun, "module" | "feed" | "time">) {
    const seconds = Buffer.alloc(8);
    seconds.writeBigUInt64BE(BigInt(time));
    const parts = [Buffer.from(DOMAIN), Buffer.from(module.slice(2), "hex"), Buffer.from(feed), seconds];
    this.#state.set(hash("sha256", Buffer.concat(parts), "buffer"));
  }

  /** Fills `target` with the stream's next bytes; `onBlock` is called before each block that has to be made. */
  fill(target: Uint8Array, onBlock: () => void): void {
    for (let filled = 0; filled < target.length;) {
      if (this.#block.length === 0) {
        onBlock();
        this.#block = this.#makeBlock();
      }
      const part = this.#block.subarray(0, target.length - filled);
      target.set(part, filled);
      this.#block = this.#block.subarray(part.length);
      filled += part.length;
    }
  }

  #makeBlock(): Uint8Array {
    this.#state.writeBigUInt64BE(this.#next++, RANDOM_BLOCK_BYTES);
    return hash("sha256", this.#state, "buffer");
  }
}

import { randomInt } from "node:crypto";
import { type Frame, encodeFrame, frameBytes } from "./frame.ts";
import { RESERVED_SLOTS, type Layout } from "./layout.ts";
import type { RecoveredLog } from "./recovery.ts";
import type { SegmentFile } from "./segment-files.ts";
import { encodeHeader, HEADER_BYTES } from "./segment-header.ts";

export interface Slot {
  readonly file: SegmentFile;
  /** How often it has been opened for writing. */
  wear: number;
  /** A crash left half a header. Such a slot is opened next, so that there is never a second one: that would be damage. */
  torn: boolean;
}

interface Segment {
  readonly number: number;
  readonly slot: Slot;
}

interface Head extends Segment {
  readonly salt: number;
  /** Where the next frame goes. */
  end: number;
}

/**
 * Frames in segments in slots. Appends to the newest segment, opens a new one in the least-written free slot, and frees the
 * oldest when it is told that nothing in it is needed. A failed write changes nothing: the next one goes to the same place.
 */
export class SegmentLog {
  readonly #layout: Layout;
  readonly #free: Slot[];
  /** Oldest first. The last one is the head. */
  readonly #segments: Segment[];
  #head: Head | undefined;
  #nextFrame: number;
  #lastSegment: number;

  constructor(layout: Layout, slots: readonly Slot[], recovered: RecoveredLog) {
    this.#layout = layout;
    const segments = recovered.segments.flatMap(({ slot: index, header, end }) => {
      const slot = slots[index];
      return slot === undefined ? [] : [{ number: header.segment, slot, salt: header.salt, end }];
    });
    this.#segments = segments;
    const used = new Set(this.#segments.map(({ slot }) => slot));
    this.#free = slots.filter((slot) => !used.has(slot));
    this.#nextFrame = recovered.nextFrame;
    this.#head = segments.at(-1);
    this.#lastSegment = recovered.lastSegment;
  }

  /** Whether the oldest segment has to be compacted before anything else is appended. */
  get short(): boolean {
    return this.#free.length < RESERVED_SLOTS;
  }

  get segmentsInUse(): number {
    return this.#segments.length;
  }

  get oldest(): number {
    return this.#segments[0]?.number ?? 0;
  }

  fits(payloadBytes: number): boolean {
    return this.#head !== undefined && this.#head.end + frameBytes(payloadBytes) <= this.#layout.segmentBytes;
  }

  /** Opens a new head. Needs a free slot: compact as long as the log is `short`. */
  async open(): Promise<void> {
    const slot = this.#nextSlot();
    // Counted before the attempt: a number that may be on the disk is never given again. The slot of an attempt that
    // fails stays the least written one, and is tried again.
    const number = ++this.#lastSegment;
    const { slots, segmentBytes } = this.#layout;
    const header = {
      ...{ slots, segmentBytes, segment: number, wear: slot.wear + 1, salt: randomInt(2 ** 32) },
      ...{ firstFrame: this.#nextFrame, tail: this.#segments[0]?.number ?? number },
    };
    await slot.file.write(encodeHeader(header), 0);
    await slot.file.sync();
    [slot.wear, slot.torn] = [header.wear, false];
    this.#free.splice(this.#free.indexOf(slot), 1);
    this.#head = { number, slot, salt: header.salt, end: HEADER_BYTES };
    this.#segments.push(this.#head);
  }

  /** @returns the segment that it is in, once it is on the disk. Ask `fits` first. */
  async append(payload: Uint8Array): Promise<number> {
    return this.#write({ payload, tail: this.oldest });
  }

  /** Frees the oldest segment, of which nothing is needed any more. It is reused only when the disk knows that it is free. */
  async release(payload: Uint8Array): Promise<number> {
    const segment = await this.#write({ payload, tail: this.#segments[1]?.number ?? 0 });
    const released = this.#segments.shift();
    if (released !== undefined) this.#free.push(released.slot);
    return segment;
  }

  async #write({ payload, tail }: Pick<Frame, "payload" | "tail">): Promise<number> {
    const head = this.#head;
    if (head === undefined || !this.fits(payload.length)) throw new RangeError("the head has no room for this frame");
    const frame = encodeFrame({ number: this.#nextFrame, segment: head.number, tail, payload }, head.salt);
    await head.slot.file.write(frame, head.end);
    await head.slot.file.sync();
    head.end += frame.length;
    this.#nextFrame++;
    return head.number;
  }

  #nextSlot(): Slot {
    const [first, ...others] = this.#free;
    if (first === undefined) throw new RangeError("no slot is free");
    const leastWritten = others.reduce((least, slot) => (slot.wear < least.wear ? slot : least), first);
    return this.#free.find(({ torn }) => torn) ?? leastWritten;
  }
}

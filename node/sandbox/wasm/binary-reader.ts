import { refusal, type RuleName } from "../admission/refusal.ts";

/** A bound on a count that the module states. */
export interface CountBound {
  readonly what: string;
  readonly most: number;
  readonly rule: RuleName;
  readonly mend?: string;
}

/** Keeps what stands there: a byte order mark is part of a name, and what is no UTF-8 is no name. */
const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the binary format inside one section. Reading past its end refuses the module: input is hostile. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly section: string;
  offset: number;

  constructor(bytes: Uint8Array, range: { readonly start: number; readonly end: number; readonly section: string }) {
    this.bytes = bytes;
    this.offset = range.start;
    this.end = range.end;
    this.section = range.section;
  }

  get place(): { section: string; offset: number } {
    return { section: this.section, offset: this.offset };
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    const value = this.bytes[this.offset];
    if (value === undefined || this.offset >= this.end) throw this.malformed("the section ends too early");
    this.offset += 1;
    return value;
  }

  /** LEB128, at most 5 bytes and 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= 2 ** 32) break;
        return value;
      }
    }
    throw this.malformed("an integer has more than 32 bits");
  }

  /** Signed LEB128 of at most `bits` bits (32, 33 or 64), exact. */
  signed(bits: number): bigint {
    let value = 0n;
    for (let shift = 0n; shift < bits; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
    throw this.malformed(`an integer has more than ${bits} bits`);
  }

  /** Passes over a LEB128 of either sign. */
  skipInteger(bits: number): void {
    for (let left = Math.ceil(bits / 7); left > 0; left--) if (this.byte() < 0x80) return;
    throw this.malformed(`an integer has more than ${bits} bits`);
  }

  skip(count: number): void {
    if (count > this.end - this.offset) throw this.malformed("the section ends too early");
    this.offset += count;
  }

  /** A vector's length, refused above its bound before anything is allocated for it. */
  count({ what, most, rule, mend = "make the module smaller" }: CountBound): number {
    const place = this.place;
    const count = this.u32();
    if (count > most)
      throw refusal(rule, place, `the module has ${count} ${what}, at most ${most} are admitted: ${mend}`);
    return count;
  }

  name(mostBytes: number): string {
    const length = this.count({ what: "bytes in a name", most: mostBytes, rule: "malformed", mend: "shorten it" });
    const start = this.offset;
    this.skip(length);
    try {
      return TEXT.decode(this.bytes.subarray(start, this.offset));
    } catch {
      throw this.malformed("a name is no UTF-8");
    }
  }

  /** A reader over the next `length` bytes, which this one passes over. */
  part(length: number): BinaryReader {
    const start = this.offset;
    this.skip(length);
    return new BinaryReader(this.bytes, { start, end: this.offset, section: this.section });
  }

  /** A reader over what is left, independent of this one. */
  again(): BinaryReader {
    return new BinaryReader(this.bytes, { start: this.offset, end: this.end, section: this.section });
  }

  finish(): void {
    if (!this.done) throw this.malformed("bytes are left over");
  }

  malformed(what: string): Error {
    return refusal("malformed", this.place, `the module is no well-formed WebAssembly (${what}): build it again`);
  }
}

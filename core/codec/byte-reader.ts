/** Thrown and caught inside the codec alone: decoders answer undefined for bytes that are no message. */
export class TruncatedError extends Error {}

/** Reads big-endian fields. Reading past the end throws TruncatedError. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return Number(this.uint(1));
  }

  u16(): number {
    return Number(this.uint(2));
  }

  u32(): number {
    return Number(this.uint(4));
  }

  u64(): bigint {
    return this.uint(8);
  }

  uint(width: number): bigint {
    let value = 0n;
    for (const byte of this.bytes(width)) value = (value << 8n) | BigInt(byte);
    return value;
  }

  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw new TruncatedError(`${length} bytes wanted, ${this.remaining} left`);
    const slice = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return slice;
  }
}

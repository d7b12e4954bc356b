import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteReader, TruncatedError } from "../../../core/codec/byte-reader.ts";
import { ByteWriter } from "../../../core/codec/byte-writer.ts";

const field = fc.oneof(
  fc.nat(2 ** 8 - 1).map((value) => ({ width: 1, value: BigInt(value) })),
  fc.nat(2 ** 16 - 1).map((value) => ({ width: 2, value: BigInt(value) })),
  fc.nat(2 ** 32 - 1).map((value) => ({ width: 4, value: BigInt(value) })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ width: 8, value })),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map((value) => ({ width: 32, value })),
);

function write(writer: ByteWriter, { width, value }: { width: number; value: bigint }): void {
  if (width === 1) writer.u8(Number(value));
  else if (width === 2) writer.u16(Number(value));
  else if (width === 4) writer.u32(Number(value));
  else if (width === 8) writer.u64(value);
  else writer.uint(value, width);
}

function read(reader: ByteReader, width: number): bigint {
  if (width === 1) return BigInt(reader.u8());
  if (width === 2) return BigInt(reader.u16());
  if (width === 4) return BigInt(reader.u32());
  return width === 8 ? reader.u64() : reader.uint(width);
}

describe("byte reader and writer", () => {
  it("give back every field, across the buffer's growth", () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 60 }), fc.uint8Array({ maxLength: 700 }), (fields, tail) => {
        const writer = new ByteWriter();
        for (const entry of fields) write(writer, entry);
        const reader = new ByteReader(writer.bytes(tail).finish());
        for (const { width, value } of fields) assert.equal(read(reader, width), value);
        assert.deepEqual(new Uint8Array(reader.bytes(tail.length)), new Uint8Array(tail));
        assert.equal(reader.remaining, 0);
      }),
    );
  });

  it("write big-endian", () => {
    const bytes = new ByteWriter().u16(0x0102).u32(0xfffefdfc).u64(0x0102030405060708n).finish();
    assert.equal(Buffer.from(bytes).toString("hex"), "0102fffefdfc0102030405060708");
  });

  it("cut values to the field's width", () => {
    assert.deepEqual(new ByteWriter().u8(0x1ff).u16(0x1_0002).uint(0x1_03n, 1).finish(), Uint8Array.of(255, 0, 2, 3));
  });

  it("throw TruncatedError past the end, and stay where they were", () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    assert.equal(reader.u16(), 0x0102);
    assert.throws(() => reader.u16(), TruncatedError);
    assert.equal(reader.remaining, 1);
    assert.equal(reader.u8(), 3);
  });

  it("finish with a copy: later writes do not change it", () => {
    const writer = new ByteWriter().u8(1);
    const first = writer.finish();
    writer.u8(2);
    assert.deepEqual(first, Uint8Array.of(1));
    assert.deepEqual(writer.finish(), Uint8Array.of(1, 2));
  });
});

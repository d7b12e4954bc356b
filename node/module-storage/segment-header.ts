import { crc32 } from "node:zlib";
import { ByteReader } from "../../core/codec/byte-reader.ts";
import { ByteWriter } from "../../core/codec/byte-writer.ts";

/** What a slot says of the segment that it holds. */
export interface SegmentHeader {
  /** Of the whole log: how many slots, and bytes of each. */
  readonly slots: number;
  readonly segmentBytes: number;
  /** Order of the segments; a later one has a higher number, and numbers may be missing. */
  readonly segment: number;
  /** How often this slot has been opened for writing. */
  readonly wear: number;
  /** Random: begins the checksums of the segment's frames, so that no frame of an earlier use, and nothing that a guest stores, passes for one. */
  readonly salt: number;
  /** Number of the segment's first frame. */
  readonly firstFrame: number;
  /** The oldest segment that was still needed when this one was opened. */
  readonly tail: number;
}

const MAGIC = 0x514b5653; // QKVS
const VERSION = 1;
const ENCODED_BYTES = 48;
/** Each copy has a page of its own: what damages one spares the other. */
const COPY_BYTES = 4_096;
const COPIES = 2;
/** Bytes before the first frame. */
export const HEADER_BYTES = COPIES * COPY_BYTES;

/** The header's whole room, copies and all. */
export function encodeHeader(header: SegmentHeader): Uint8Array {
  const fields = new ByteWriter().u32(MAGIC).u16(VERSION).u16(header.slots).u32(header.segmentBytes);
  fields.u64(BigInt(header.segment)).u32(header.wear).u32(header.salt);
  fields.u64(BigInt(header.firstFrame)).u64(BigInt(header.tail));
  const body = fields.finish();
  const copy = new ByteWriter().bytes(body).u32(crc32(body)).finish();
  const room = new Uint8Array(HEADER_BYTES);
  for (let index = 0; index < COPIES; index++) room.set(copy, index * COPY_BYTES);
  return room;
}

/** The header of a slot; `unused` if it never had one, `unreadable` if no copy can be read. */
export function decodeHeader(file: Uint8Array): SegmentHeader | "unused" | "unreadable" {
  for (let index = 0; index < COPIES; index++) {
    const header = decodeCopy(file.subarray(index * COPY_BYTES, (index + 1) * COPY_BYTES));
    if (header !== undefined) return header;
  }
  return file.subarray(0, HEADER_BYTES).some((byte) => byte !== 0) ? "unreadable" : "unused";
}

function decodeCopy(copy: Uint8Array): SegmentHeader | undefined {
  const reader = new ByteReader(copy);
  if (crc32(copy.subarray(0, ENCODED_BYTES - 4)) !== new ByteReader(copy.subarray(ENCODED_BYTES - 4)).u32())
    return undefined;
  if (reader.u32() !== MAGIC || reader.u16() !== VERSION) return undefined;
  return {
    slots: reader.u16(),
    segmentBytes: reader.u32(),
    segment: Number(reader.u64()),
    wear: reader.u32(),
    salt: reader.u32(),
    firstFrame: Number(reader.u64()),
    tail: Number(reader.u64()),
  };
}

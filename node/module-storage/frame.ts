import { crc32 } from "node:zlib";
import { ByteReader } from "../../core/codec/byte-reader.ts";
import { ByteWriter } from "../../core/codec/byte-writer.ts";

/**
 * What is written at once: whole batches under one checksum. The next frame is written only when this one is on the disk, so
 * a crash can damage none but the last; any other damage is the disk's.
 */
export interface Frame {
  /** Counts up by one from frame to frame, over all segments: a missing one is noticed. */
  readonly number: number;
  readonly segment: number;
  /** The oldest segment that is needed once this frame is on the disk. */
  readonly tail: number;
  readonly payload: Uint8Array;
}

export interface FoundFrame extends Frame {
  readonly offset: number;
  /** Where the next frame begins. */
  readonly end: number;
}

const MAGIC = 0x514b5646; // QKVF
const MAGIC_BYTES = new ByteWriter().u32(MAGIC).finish();
const CHECKED_HEAD_BYTES = 28;
const HEAD_BYTES = 32;
/** Frames begin at multiples of this. */
const ALIGNMENT = 8;

/** Bytes that a frame takes on the disk. */
export function frameBytes(payloadBytes: number): number {
  return Math.ceil((HEAD_BYTES + payloadBytes) / ALIGNMENT) * ALIGNMENT;
}

export function encodeFrame({ number, segment, tail, payload }: Frame, salt: number): Uint8Array {
  const head = new ByteWriter()
    .u32(MAGIC)
    .u32(payload.length)
    .u64(BigInt(number))
    .u64(BigInt(tail))
    .u32(segment)
    .finish();
  const frame = new Uint8Array(frameBytes(payload.length));
  frame.set(head);
  frame.set(new ByteWriter().u32(crc32(payload, crc32(head, salt))).finish(), CHECKED_HEAD_BYTES);
  frame.set(payload, HEAD_BYTES);
  return frame;
}

/** The frame at an offset of a segment's file, if there is a whole one. */
export function decodeFrame(
  file: Uint8Array,
  { offset, segment, salt }: { readonly offset: number; readonly segment: number; readonly salt: number },
): FoundFrame | undefined {
  const head = file.subarray(offset, offset + HEAD_BYTES);
  if (head.length < HEAD_BYTES) return undefined;
  const reader = new ByteReader(head);
  if (reader.u32() !== MAGIC) return undefined;
  const payload = file.subarray(offset + HEAD_BYTES, offset + HEAD_BYTES + reader.u32());
  const frame = { number: Number(reader.u64()), tail: Number(reader.u64()), segment: reader.u32(), payload };
  if (reader.u32() !== crc32(payload, crc32(head.subarray(0, CHECKED_HEAD_BYTES), salt))) return undefined;
  // The low bits are all that is kept of the number; the salt tells segments apart as well.
  if (frame.segment !== segment >>> 0) return undefined;
  return { ...frame, segment, offset, end: offset + frameBytes(payload.length) };
}

/** The next whole frame behind a damaged place. */
export function findFrame(
  file: Uint8Array,
  place: { readonly offset: number; readonly segment: number; readonly salt: number },
): FoundFrame | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  for (let offset = bytes.indexOf(MAGIC_BYTES, place.offset); offset !== -1;) {
    const frame = offset % ALIGNMENT === 0 ? decodeFrame(file, { ...place, offset }) : undefined;
    if (frame !== undefined) return frame;
    offset = bytes.indexOf(MAGIC_BYTES, offset + 1);
  }
  return undefined;
}

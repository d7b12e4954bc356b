import { keccak256 } from "../crypto/keccak.ts";
import type { Hex } from "../types/hex.ts";
import { ByteWriter } from "./byte-writer.ts";
import { encodeUtf8 } from "./utf8.ts";

/** A key that a fetcher read from its storage, with the value that it found; undefined where it found none. */
export interface StorageRead {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export interface ObservedInputs {
  /** The envelope that the second phase was given. It ends with a line feed. */
  readonly envelope: Uint8Array;
  /** First read of each key, in their order, of `requests` and of `observe`. */
  readonly reads: readonly [requests: readonly StorageRead[], observe: readonly StorageRead[]];
}

/** Last byte of inputs with reads. An envelope alone ends with a line feed, so the two are never the same bytes. */
const WITH_READS = 1;

/**
 * Digest of all that a feed's value depends on besides the module. Without reads it is keccak256 of the envelope. With reads
 * it is keccak256(envelope ‖ reads ‖ length of reads: u32 ‖ 0x01), where reads is, for each of the two phases, their number: u16
 * and then per read the key (length: u8, UTF-8) and 0x00 for no value or 0x01 and the value (length: u32, bytes).
 * Bounds are those of the storage: at most 512 keys (256 that are there, 256 that are not) of at most 64 bytes, values of at most 8 KiB.
 */
export function inputsDigest({ envelope, reads }: ObservedInputs): Hex {
  if (reads.every(({ length }) => length === 0)) return keccak256(envelope);
  const encoded = encodeReads(reads);
  const whole = new ByteWriter().bytes(envelope).bytes(encoded).u32(encoded.length).u8(WITH_READS);
  return keccak256(whole.finish());
}

function encodeReads(phases: readonly (readonly StorageRead[])[]): Uint8Array {
  const writer = new ByteWriter();
  for (const reads of phases) {
    writer.u16(reads.length);
    for (const { key, value } of reads) {
      const name = encodeUtf8(key);
      writer
        .u8(name.length)
        .bytes(name)
        .u8(Number(value !== undefined));
      if (value !== undefined) writer.u32(value.length).bytes(value);
    }
  }
  return writer.finish();
}

import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ByteReader } from "../../core/codec/byte-reader.ts";
import { ByteWriter } from "../../core/codec/byte-writer.ts";
import { MAX_VALUE_BYTES, type StorageEntry } from "../../core/ports/module-storage.ts";
import { isStorageKey } from "../../core/ports/storage-space.ts";
import type { Hex } from "../../core/types/hex.ts";

/** What one `apply` changes, or what compaction carries forward. */
export interface Batch {
  readonly module: Hex;
  readonly writes: readonly StorageEntry[];
}

/** How an entry's value is kept. */
const DELETED = 0;
const RAW = 1;
const ZSTD = 2;
/** Below this a frame of zstd is never smaller. */
const MIN_COMPRESSED_BYTES = 32;
const MODULE_BYTES = 32;

/** Bytes of a batch besides its entries, and of an entry besides its key and value. */
export const BATCH_OVERHEAD_BYTES = MODULE_BYTES + 2;
export const ENTRY_OVERHEAD_BYTES = 4;

/** module:32 ‖ count:u16 ‖ per entry kind:u8 ‖ length:u8 ‖ key [‖ length:u16 ‖ value, compressed if that is smaller]. */
export function encodeBatch({ module, writes }: Batch): Uint8Array {
  const writer = new ByteWriter().bytes(Buffer.from(module.slice(2), "hex")).u16(writes.length);
  for (const { key, value } of writes) {
    const name = Buffer.from(key);
    const stored = value === undefined ? undefined : compressed(value);
    writer
      .u8(stored?.kind ?? DELETED)
      .u8(name.length)
      .bytes(name);
    if (stored !== undefined) writer.u16(stored.bytes.length).bytes(stored.bytes);
  }
  return writer.finish();
}

/** Batches one after the other. Undefined for anything that the encoder does not write. */
export function decodeBatches(payload: Uint8Array): readonly Batch[] | undefined {
  try {
    const reader = new ByteReader(payload);
    const batches: Batch[] = [];
    while (reader.remaining > 0) batches.push(decodeBatch(reader));
    return batches;
  } catch {
    return undefined;
  }
}

function decodeBatch(reader: ByteReader): Batch {
  const module: Hex = `0x${Buffer.from(reader.bytes(MODULE_BYTES)).toString("hex")}`;
  const writes: StorageEntry[] = [];
  for (let left = reader.u16(); left > 0; left--) {
    const kind = reader.u8();
    const key = Buffer.from(reader.bytes(reader.u8())).toString("utf8");
    if (!isStorageKey(key)) throw new RangeError("no key");
    writes.push({ key, value: kind === DELETED ? undefined : restored(kind, reader.bytes(reader.u16())) });
  }
  return { module, writes };
}

function compressed(value: Uint8Array): { readonly kind: number; readonly bytes: Uint8Array } {
  if (value.length < MIN_COMPRESSED_BYTES) return { kind: RAW, bytes: value };
  const bytes = zstdCompressSync(value, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  return bytes.length < value.length ? { kind: ZSTD, bytes } : { kind: RAW, bytes: value };
}

/** A copy of its own: the payload belongs to a file's buffer. */
function restored(kind: number, bytes: Uint8Array): Uint8Array {
  if (kind === RAW && bytes.length <= MAX_VALUE_BYTES) return bytes.slice();
  if (kind === ZSTD) return new Uint8Array(zstdDecompressSync(bytes, { maxOutputLength: MAX_VALUE_BYTES }));
  throw new RangeError("no value");
}

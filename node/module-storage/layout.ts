import { MAX_KEY_BYTES, MAX_KEYS, MAX_MODULE_BYTES } from "../../core/ports/module-storage.ts";
import { BATCH_OVERHEAD_BYTES, ENTRY_OVERHEAD_BYTES } from "./batch.ts";
import { frameBytes } from "./frame.ts";
import { HEADER_BYTES } from "./segment-header.ts";

/** How the room on the disk is divided: `slots · segmentBytes`, never more. */
export interface Layout {
  readonly slots: number;
  readonly segmentBytes: number;
  /** Modules that may have keys. */
  readonly modules: number;
}

/** The sandbox holds 64 modules; all of them full take a quarter of these 16 MiB. */
export const DEFAULT_LAYOUT: Layout = { slots: 16, segmentBytes: 1024 * 1024, modules: 64 };

/** One batch: every key set, and every key that there was before deleted. */
const MAX_BATCH_BYTES = BATCH_OVERHEAD_BYTES + MAX_MODULE_BYTES + MAX_KEYS * (2 * ENTRY_OVERHEAD_BYTES + MAX_KEY_BYTES);
/** A frame holds a batch of any size, or many small ones. */
export const MAX_PAYLOAD_BYTES = 96 * 1024;

/**
 * Slots that stay free. Compaction begins with a new head, which has room for all of the segment that it frees: one would do.
 * The other is for what failed attempts and damage may cost.
 */
export const RESERVED_SLOTS = 2;

/**
 * Whether compaction always finds room: all modules, full, with what frames that do not fit leave over, take at most half
 * of what is outside the reserve.
 */
export function isSound({ slots, segmentBytes, modules }: Layout): boolean {
  const usable = segmentBytes - HEADER_BYTES - frameBytes(MAX_PAYLOAD_BYTES);
  const sizes = [slots, segmentBytes, modules].every((size) => Number.isInteger(size) && size > 0);
  return sizes && slots <= 0xffff && 2 * modules * MAX_BATCH_BYTES <= (slots - RESERVED_SLOTS - 1) * usable;
}

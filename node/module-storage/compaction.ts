import { type Batch, encodeBatch } from "./batch.ts";
import { MAX_PAYLOAD_BYTES } from "./layout.ts";
import type { SegmentLog } from "./segment-log.ts";
import type { SpaceIndex } from "./space-index.ts";

/**
 * Carries what is needed of the oldest segment forward and frees its slot. Deletions are not carried: what they deleted is
 * in older segments, of which there are none. It may fail or be cut off after each frame: copies say what the originals
 * said, and the original counts until the last frame is on the disk, which says that it does not.
 * @returns bytes written.
 */
export async function compactOldest({
  log,
  index,
}: {
  readonly log: SegmentLog;
  readonly index: SpaceIndex;
}): Promise<number> {
  const frames = packed(index.within(log.oldest));
  let written = 0;
  for (const [at, { payload, batches }] of frames.entries()) {
    if (!log.fits(payload.length)) await log.open();
    const segment = at === frames.length - 1 ? await log.release(payload) : await log.append(payload);
    for (const batch of batches) index.put(batch, segment);
    written += payload.length;
  }
  return written;
}

interface PackedFrame {
  readonly batches: readonly Batch[];
  readonly payload: Uint8Array;
}

/** At least one frame, empty where nothing is needed. */
function packed(batches: readonly Batch[]): readonly PackedFrame[] {
  const frames: { batches: Batch[]; parts: Uint8Array[]; bytes: number }[] = [{ batches: [], parts: [], bytes: 0 }];
  for (const batch of batches) {
    const part = encodeBatch(batch);
    let frame = frames.at(-1);
    if (frame === undefined || frame.bytes + part.length > MAX_PAYLOAD_BYTES)
      frames.push((frame = { batches: [], parts: [], bytes: 0 }));
    frame.batches.push(batch);
    frame.parts.push(part);
    frame.bytes += part.length;
  }
  return frames.map(({ batches, parts }) => ({ batches, payload: Buffer.concat(parts) }));
}

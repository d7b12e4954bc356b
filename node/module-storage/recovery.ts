import { type Batch, decodeBatches } from "./batch.ts";
import { decodeFrame, findFrame, type FoundFrame } from "./frame.ts";
import { decodeHeader, HEADER_BYTES, type SegmentHeader } from "./segment-header.ts";

/** Bytes that were once acknowledged and cannot be read any more. */
export interface Damage {
  readonly slot: number | undefined;
  readonly offset: number | undefined;
  readonly reason: "frame-unreadable" | "frame-missing" | "headers-unreadable" | "payload-unreadable";
}

export interface FoundSegment {
  readonly slot: number;
  readonly header: SegmentHeader;
  /** Where the next frame would begin. */
  readonly end: number;
}

/** What the slots hold, oldest first. */
export interface RecoveredLog {
  readonly segments: readonly FoundSegment[];
  readonly batches: readonly { readonly segment: number; readonly batch: Batch }[];
  /** Number of the next frame. */
  readonly nextFrame: number;
  /** The highest number of a segment that was ever opened. */
  readonly lastSegment: number;
  readonly damage: readonly Damage[];
  /** Slots whose headers cannot be read: at most one is left by a crash while it was being opened. */
  readonly unreadable: readonly number[];
}

/**
 * Reads the log back from the slots' files. Pure. What a crash leaves, a last frame or header that was never acknowledged,
 * is left out; damage in the middle is reported, and everything else is kept.
 */
export function recover(files: readonly Uint8Array[]): RecoveredLog {
  const headers = files.map((file) => decodeHeader(file));
  const unreadable = headers.flatMap((header, slot) => (header === "unreadable" ? [slot] : []));
  const opened = headers.flatMap((header, slot) => (typeof header === "string" ? [] : [{ slot, header }]));
  const segments = withoutVoid(opened.map((place) => ({ ...place, ...scan(files[place.slot], place) })));
  // Tails only grow: the highest was written by the last compaction that came to its end.
  const tail = Math.max(0, ...segments.flatMap(({ header, frames }) => [header, ...frames].map(({ tail }) => tail)));
  const live = segments.filter(({ header }) => header.segment >= tail);
  const read = live.flatMap(({ slot, frames }) =>
    frames.map((frame) => ({ slot, frame, batches: decodeBatches(frame.payload) })),
  );
  return {
    segments: live,
    batches: read.flatMap(({ frame, batches = [] }) => batches.map((batch) => ({ segment: frame.segment, batch }))),
    nextFrame: Math.max(1, ...segments.map(({ nextFrame }) => nextFrame)),
    lastSegment: Math.max(0, ...opened.map(({ header }) => header.segment)),
    damage: [
      ...damagedHeaders(unreadable, files, opened.length),
      ...live.flatMap(({ damage }) => damage),
      ...missing(live, tail),
      ...read.flatMap(({ slot, frame, batches }) =>
        batches === undefined ? [damaged("payload-unreadable", slot, frame.offset)] : [],
      ),
    ],
    unreadable,
  };
}

interface ScannedSegment extends FoundSegment {
  readonly frames: readonly FoundFrame[];
  /** Number of the frame that would follow. */
  readonly nextFrame: number;
  readonly damage: readonly Damage[];
}

/** All frames of one segment, those behind a damaged place included. */
function scan(
  file: Uint8Array = new Uint8Array(),
  { slot, header }: Pick<FoundSegment, "slot" | "header">,
): Pick<ScannedSegment, "frames" | "end" | "nextFrame" | "damage"> {
  const frames: FoundFrame[] = [];
  const damage: Damage[] = [];
  let [end, nextFrame] = [HEADER_BYTES, header.firstFrame];
  for (;;) {
    const place = { offset: end, segment: header.segment, salt: header.salt };
    const frame = decodeFrame(file, place) ?? findFrame(file, place);
    if (frame === undefined || frame.number < nextFrame) return { frames, end, nextFrame, damage };
    if (frame.offset !== end || frame.number !== nextFrame) damage.push(damaged("frame-unreadable", slot, end));
    frames.push(frame);
    [end, nextFrame] = [frame.end, frame.number + 1];
  }
}

/**
 * Leaves out what a failed attempt may have left on the disk: a segment that was opened and never written, and a last frame
 * whose number was given again in the next segment, because its first writing was reported as failed.
 */
function withoutVoid(scans: readonly ScannedSegment[]): readonly ScannedSegment[] {
  const written = scans
    .filter(({ frames }) => frames.length > 0)
    .sort((left, right) => left.header.segment - right.header.segment);
  return written.map((segment, index) => {
    const next = written[index + 1]?.header.firstFrame ?? Infinity;
    const frames = segment.frames.filter(({ number }) => number < next);
    return { ...segment, frames, nextFrame: Math.min(segment.nextFrame, next) };
  });
}

/** Gaps in the count of frames between segments, and an oldest segment that is not there. */
function missing(live: readonly ScannedSegment[], tail: number): readonly Damage[] {
  const gaps = live.flatMap(({ slot, end, nextFrame }, index) => {
    const next = live[index + 1];
    return next !== undefined && next.header.firstFrame !== nextFrame ? [damaged("frame-missing", slot, end)] : [];
  });
  const headless = live[0] !== undefined && live[0].header.segment !== tail;
  return headless ? [{ slot: undefined, offset: undefined, reason: "frame-missing" }, ...gaps] : gaps;
}

/** A crash can leave one slot half opened, which had nothing but zeros before if it was the first of all. */
function damagedHeaders(
  unreadable: readonly number[],
  files: readonly Uint8Array[],
  readable: number,
): readonly Damage[] {
  const wasWritten = (slot: number) => files[slot]?.subarray(HEADER_BYTES).some((byte) => byte !== 0) ?? false;
  const isDamage = unreadable.length > 1 || (readable === 0 && unreadable.some(wasWritten));
  return isDamage ? unreadable.map((slot) => damaged("headers-unreadable", slot, 0)) : [];
}

function damaged(reason: Damage["reason"], slot: number, offset: number): Damage {
  return { slot, offset, reason };
}

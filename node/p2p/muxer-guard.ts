import type { ConnectionLimits } from "./limits.ts";
import type { Fault } from "./peer-score.ts";
import { createRateLimit } from "./rate-limit.ts";
import { createYamuxHeaders, FRAME_TYPES, SYN, YAMUX_VERSION, type YamuxHeader } from "./yamux-headers.ts";

export interface MuxerGuardOptions {
  /** Of one data frame: the window that this node grants. */
  readonly maxDataBytes: number;
  /** As of now: another object where they have changed. */
  readonly limits: () => ConnectionLimits;
}

/** What a peer may say to the muxer of one connection: judged frame by frame, by their headers alone. */
export interface MuxerGuard {
  /**
   * Judges what has come, before the muxer sees it. A fault ends the connection: of these bytes and of all later ones the
   * muxer must see none.
   */
  push(bytes: Iterable<Uint8Array>): Fault | undefined;
}

/**
 * Yamux's reader gathers a data frame of any length before it looks at a window, answers every ping, and makes and drops
 * a stream for every two frames that say so. What it does without an end, this makes an end of. `now` in milliseconds.
 */
export function createMuxerGuard({ maxDataBytes, limits }: MuxerGuardOptions, now: () => number): MuxerGuard {
  const headers = createYamuxHeaders();
  let known = limits();
  let allowance = createAllowance(known);
  let fault: Fault | undefined;

  function judge({ version, type, flags, length }: YamuxHeader): Fault | undefined {
    const { data, ping } = FRAME_TYPES;
    const at = now();
    if (version !== YAMUX_VERSION || !TYPES.has(type)) return "malformed";
    if (type === data && length > maxDataBytes) return "oversize";
    if (type !== ping && (flags & SYN) !== 0 && !allowance.streams.take(at)) return "streams";
    const isDue =
      allowance.frames.take(at) &&
      (type !== ping || allowance.pings.take(at)) &&
      (type !== data || allowance.bytes.take(at, length));
    return isDue ? undefined : "flood";
  }

  return {
    push(bytes) {
      if (limits() !== known) {
        known = limits();
        allowance = createAllowance(known);
      }
      for (const part of bytes) headers.push(part, (header) => (fault = judge(header)) === undefined);
      return fault;
    },
  };
}

const TYPES: ReadonlySet<number> = new Set(Object.values(FRAME_TYPES));

function createAllowance({ frames, bytes, streams, pings }: ConnectionLimits) {
  return {
    frames: createRateLimit(frames),
    bytes: createRateLimit(bytes),
    streams: createRateLimit(streams),
    pings: createRateLimit(pings),
  };
}

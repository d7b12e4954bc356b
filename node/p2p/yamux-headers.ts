/** version:u8 | type:u8 | flags:u16 | stream:u32 | length:u32, big-endian. */
const HEADER_BYTES = 12;

/** Of Yamux's frames. */
export const FRAME_TYPES = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;
export const YAMUX_VERSION = 0;
/** The flag of a frame that opens a stream, and of a ping that asks. */
export const SYN = 1;

export interface YamuxHeader {
  readonly version: number;
  readonly type: number;
  readonly flags: number;
  /** 0 for the connection itself. */
  readonly stream: number;
  /** Bytes that follow a data frame's header; nothing follows any other, where it means something else. */
  readonly length: number;
}

/** Reads the headers of Yamux frames out of a connection's bytes, however these are cut. Holds one header. */
export interface YamuxHeaders {
  /**
   * Calls back for every header that is whole, before anything that follows it: false stops the reading for good.
   * A frame of a version or type that Yamux has not is taken to end with its header.
   */
  push(bytes: Uint8Array, onHeader: (header: YamuxHeader) => boolean): void;
}

export function createYamuxHeaders(): YamuxHeaders {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  let filled = 0;
  /** Bytes of a data frame that have not come yet. */
  let following = 0;
  let stopped = false;

  function take(onHeader: (header: YamuxHeader) => boolean): void {
    filled = 0;
    const read = {
      version: view.getUint8(0),
      type: view.getUint8(1),
      flags: view.getUint16(2),
      stream: view.getUint32(4),
      length: view.getUint32(8),
    };
    if (read.type === FRAME_TYPES.data) following = read.length;
    stopped = !onHeader(read);
  }

  return {
    push(bytes, onHeader) {
      for (let at = 0; at < bytes.length && !stopped;) {
        if (following > 0) {
          const skipped = Math.min(following, bytes.length - at);
          following -= skipped;
          at += skipped;
          continue;
        }
        const part = bytes.subarray(at, at + HEADER_BYTES - filled);
        header.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === HEADER_BYTES) take(onHeader);
      }
    },
  };
}

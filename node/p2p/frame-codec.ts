/** A length of more bytes is above any frame: 2²⁸ − 1. */
const MAX_LENGTH_BYTES = 4;
const CONTINUES = 0x80;
const PAYLOAD = 0x7f;

/** The frame with its length before it: an unsigned varint, least significant seven bits first. */
export function withLength(frame: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = frame.length; ; rest >>>= 7) {
    if (rest <= PAYLOAD) {
      length.push(rest);
      break;
    }
    length.push((rest & PAYLOAD) | CONTINUES);
  }
  const bytes = new Uint8Array(length.length + frame.length);
  bytes.set(length);
  bytes.set(frame, length.length);
  return bytes;
}

/** Cuts a stream of bytes into frames. Holds no more than the frame that has begun. */
export interface FrameDecoder {
  /** False for bytes that no frame within the bound begins with: the stream is worth nothing from here on. */
  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): boolean;
  /** Whether a frame has begun and is not yet whole. */
  readonly begun: boolean;
}

export function createFrameDecoder(maxFrameBytes: number): FrameDecoder {
  let length = 0;
  let lengthBytes = 0;
  /** Of the frame, once its length is known. */
  let body: Uint8Array | undefined;
  let filled = 0;

  /** Takes one byte of a length. False if the length is above the bound, or not written in its shortest form. */
  function takeLength(byte: number): boolean {
    length += (byte & PAYLOAD) * 2 ** (7 * lengthBytes);
    lengthBytes += 1;
    if (length > maxFrameBytes) return false;
    if ((byte & CONTINUES) !== 0) return lengthBytes < MAX_LENGTH_BYTES;
    if (byte === 0 && lengthBytes > 1) return false;
    body = new Uint8Array(length);
    return true;
  }

  function reset(): Uint8Array {
    const frame = body ?? new Uint8Array();
    [length, lengthBytes, body, filled] = [0, 0, undefined, 0];
    return frame;
  }

  return {
    push(bytes, onFrame) {
      for (let at = 0; at < bytes.length;) {
        if (body === undefined) {
          if (!takeLength(bytes[at] ?? 0)) return false;
          at += 1;
        } else {
          const part = bytes.subarray(at, at + length - filled);
          body.set(part, filled);
          filled += part.length;
          at += part.length;
        }
        if (body !== undefined && filled === length) onFrame(reset());
      }
      return true;
    },
    get begun() {
      return lengthBytes > 0;
    },
  };
}

import type { Stream } from "@libp2p/interface";
import { lpStream } from "@libp2p/utils";
import type { RateLimit } from "./rate-limit.ts";

/** Frames waiting for a slow member: a few rounds' worth. Older news is worthless, so the newest is dropped and counted. */
export const MAX_QUEUED_FRAMES = 256;
/** A write that takes longer means a member that does not read: the channel is given up and reopened. */
const WRITE_TIMEOUT_MS = 10_000;

/** Largest frames that a member may have on the way while this node is busy; more ends the channel. */
const MAX_BUFFERED_FRAMES = 128;

export interface ChannelOptions {
  /** Largest frame that an honest member sends; a longer one closes the channel. */
  readonly maxFrameBytes: number;
}

export interface ChannelDeps {
  readonly now: () => number;
  /** Of the member, whatever channel it uses: a new channel is no new allowance. */
  readonly limit: RateLimit;
  /** Must not throw. */
  onFrame(frame: Uint8Array): void;
  onDropped(reason: "queue-full" | "rate"): void;
}

/** One bidirectional stream of length-prefixed frames to one member. */
export interface Channel {
  send(frame: Uint8Array): void;
  /** Resolves when the stream has ended, for whatever reason. */
  readonly closed: Promise<void>;
  abort(reason: string): void;
}

export function openChannel(stream: Stream, options: ChannelOptions, deps: ChannelDeps): Channel {
  const { maxFrameBytes } = options;
  const framed = lpStream(stream, {
    maxDataLength: maxFrameBytes,
    maxBufferSize: maxFrameBytes * MAX_BUFFERED_FRAMES,
  });
  const queue: Uint8Array[] = [];
  let writing = false;

  const abort = (reason: string): void => {
    stream.abort(new Error(reason));
  };

  async function drain(): Promise<void> {
    writing = true;
    try {
      for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
        await framed.write(frame, { signal: AbortSignal.timeout(WRITE_TIMEOUT_MS) });
      }
    } catch {
      abort("the member does not take our frames"); // The owner sees `closed` and reopens.
    } finally {
      writing = false;
    }
  }

  async function readAll(): Promise<void> {
    try {
      for (;;) {
        const frame = (await framed.read()).subarray();
        if (deps.limit.take(deps.now())) deps.onFrame(frame);
        else deps.onDropped("rate");
      }
    } catch {
      abort("the channel ended"); // End of stream, reset, or a frame longer than allowed: all end the channel.
    }
  }

  return {
    closed: readAll(),
    abort,
    send(frame) {
      if (queue.length >= MAX_QUEUED_FRAMES) {
        deps.onDropped("queue-full");
        return;
      }
      queue.push(frame);
      if (!writing) void drain();
    },
  };
}

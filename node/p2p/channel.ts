import type { Stream } from "@libp2p/interface";
import type { Clock } from "../../core/ports/clock.ts";
import { createFrameDecoder, withLength } from "./frame-codec.ts";
import type { Fault } from "./peer-score.ts";

/** A frame fits into one packet or a few; one that is not whole after this is held back, or its link is broken. */
const FRAME_TIMEOUT_MS = 10_000;
/** A write that waits longer means a member that does not read: the channel is given up and reopened. */
export const WRITE_TIMEOUT_MS = 10_000;
/** Frames that leave in one piece: fewer packets and fewer encryptions where one step of the protocol sends several. */
const MAX_BATCH_BYTES = 65_536;

export interface ChannelOptions {
  /** Largest frame that an honest member sends; a longer one closes the channel. */
  readonly maxFrameBytes: number;
  /** Frames waiting for a slow member. Older news is worthless, so the newest is dropped and counted. */
  readonly maxQueuedFrames: number;
}

export interface ChannelDeps {
  readonly clock: Clock;
  /** Must not throw. */
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onDropped: (reason: "queue-full") => void;
  /** The channel ends because of this. */
  readonly onFault: (fault: Fault) => void;
}

/** One bidirectional stream of length-prefixed frames to one member. */
export interface Channel {
  send(frame: Uint8Array): void;
  /** Resolves when the stream has ended, for whatever reason. */
  readonly closed: Promise<void>;
  abort(reason: string): void;
}

/** Takes a stream over. Holds at most one unfinished frame of the peer's and the queue of ours. */
export function openChannel(stream: Stream, options: ChannelOptions, deps: ChannelDeps): Channel {
  const abort = (reason: string): void => stream.abort(new Error(reason));
  const fail = (fault: Fault): void => {
    deps.onFault(fault);
    abort(fault);
  };
  const writer = createWriter(stream, options, { ...deps, fail });
  const reader = createReader(options, { ...deps, fail });
  const onMessage = ({ data }: { data: { subarray(): Uint8Array } }): void => reader.push(data.subarray());
  const onDrain = (): void => writer.resume();
  const onRemoteEnd = (): void => abort("the member ended the channel");

  const closed = new Promise<void>((resolve) => {
    const onClose = (): void => {
      stream.removeEventListener("message", onMessage);
      stream.removeEventListener("drain", onDrain);
      stream.removeEventListener("remoteCloseWrite", onRemoteEnd);
      reader.stop();
      writer.stop();
      resolve();
    };
    stream.addEventListener("close", onClose, { once: true });
    if (stream.status !== "open") onClose();
  });
  stream.addEventListener("drain", onDrain);
  stream.addEventListener("remoteCloseWrite", onRemoteEnd);
  stream.addEventListener("message", onMessage);
  return { send: (frame) => writer.send(frame), closed, abort };
}

function createReader(
  { maxFrameBytes }: ChannelOptions,
  { clock, onFrame, fail }: Pick<ChannelDeps, "clock" | "onFrame"> & { fail: (fault: Fault) => void },
) {
  const decoder = createFrameDecoder(maxFrameBytes);
  let stopped = false;
  /** Set while a frame has begun: however slowly its bytes trickle in, it has this long from its first. */
  let cancelDeadline: (() => void) | undefined;
  const disarm = (): void => {
    cancelDeadline?.();
    cancelDeadline = undefined;
  };
  return {
    push(bytes: Uint8Array): void {
      const inBound = decoder.push(bytes, (frame) => {
        disarm();
        if (!stopped) onFrame(frame);
      });
      if (stopped) return;
      if (!inBound) fail("oversize");
      else if (decoder.begun) cancelDeadline ??= clock.wakeAt(clock.now() + FRAME_TIMEOUT_MS, () => fail("stalled"));
    },
    stop(): void {
      stopped = true;
      disarm();
    },
  };
}

function createWriter(
  stream: Stream,
  { maxQueuedFrames }: ChannelOptions,
  { clock, onDropped, fail }: Pick<ChannelDeps, "clock" | "onDropped"> & { fail: (fault: Fault) => void },
) {
  let queue: Uint8Array[] = [];
  let flushing = false;
  let stopped = false;
  /** Set while the stream takes no more. */
  let cancelDeadline: (() => void) | undefined;

  function flush(): void {
    flushing = false;
    while (queue.length > 0 && cancelDeadline === undefined && !stopped) {
      let size = 0;
      const count = queue.findIndex((frame) => (size += frame.length) > MAX_BATCH_BYTES);
      const batch = count < 0 ? queue : queue.slice(0, Math.max(1, count));
      queue = queue.slice(batch.length);
      if (!write(Buffer.concat(batch)))
        cancelDeadline = clock.wakeAt(clock.now() + WRITE_TIMEOUT_MS, () => fail("unread"));
    }
  }

  /** False if the stream takes no more for now. A stream that has just ended takes everything: its end is told elsewhere. */
  function write(bytes: Uint8Array): boolean {
    try {
      return stream.send(bytes);
    } catch {
      return true;
    }
  }

  return {
    send(frame: Uint8Array): void {
      if (queue.length >= maxQueuedFrames) {
        onDropped("queue-full");
        return;
      }
      queue.push(withLength(frame));
      if (flushing) return;
      flushing = true;
      queueMicrotask(flush);
    },
    /** The stream takes more. */
    resume(): void {
      cancelDeadline?.();
      cancelDeadline = undefined;
      flush();
    },
    stop(): void {
      stopped = true;
      queue = [];
      cancelDeadline?.();
    },
  };
}

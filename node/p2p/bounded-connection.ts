import {
  type ConnectionEncrypter,
  type ConnectionGater,
  type MessageStream,
  type SecuredConnection,
  serviceCapabilities,
  StreamBufferError,
  type StreamMessageEvent,
  type StreamMuxerFactory,
} from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { yamux } from "@libp2p/yamux";
import type { ConnectionLimits } from "./limits.ts";
import { createMuxerGuard } from "./muxer-guard.ts";
import type { Fault } from "./peer-score.ts";

export interface BoundsOptions {
  /** Streams of one connection in each direction. */
  readonly maxStreams: number;
  /** Of one connection, as of now: another object where they have changed. */
  readonly limits: () => ConnectionLimits;
}

export interface BoundsDeps {
  /** Milliseconds of a clock that never steps. */
  readonly now: () => number;
  /** The peer's connection was ended because of this. */
  readonly onFault: (peerId: string, fault: Fault) => void;
  /** A connection was ended before anybody knew whose it was: it brought more than a handshake. */
  readonly onHandshakeFault: () => void;
}

type NoiseFactory = ReturnType<typeof noise>;

/** Noise, Yamux and a gater's part for one host, which together bound what every layer of a connection takes and keeps. */
export interface BoundedConnections {
  readonly encrypter: (...components: Parameters<NoiseFactory>) => ConnectionEncrypter;
  readonly muxer: () => StreamMuxerFactory;
  readonly gater: Pick<ConnectionGater, "denyInboundConnection" | "denyOutboundConnection">;
}

/** Yamux's smallest: a round of the largest committee fits into it. A reader holds no more than this per stream. */
const WINDOW_BYTES = 262_144;
/** Kept for a peer that does not read: the windows of two channels for each of two committees, and room for one more. */
export const MAX_UNSENT_BYTES = 5 * WINDOW_BYTES;
/**
 * Taken from a peer until it has shown who it is and speaks Yamux: a handshake is below 1 KiB, and what the first of the
 * two to be done with it may say at once is little. Libp2p would answer line after line of it, as fast as they come.
 */
export const MAX_HANDSHAKE_BYTES = 16_384;

/** A connection once it is encrypted. */
interface Secured {
  readonly peerId: string;
  /** The connection below the encryption. */
  readonly below: MessageStream;
}

export function boundedConnections(options: BoundsOptions, deps: BoundsDeps): BoundedConnections {
  const secured = new WeakMap<MessageStream, Secured>();
  const handshakes = new WeakMap<MessageStream, () => void>();
  const onIncipient = (connection: MessageStream): false => {
    handshakes.set(connection, boundHandshake(connection, deps.onHandshakeFault));
    return false;
  };
  return {
    encrypter: (components) =>
      rememberingEncrypter(noise()(components), (connection, is) => secured.set(connection, is)),
    muxer() {
      const inner = boundedYamux(options.maxStreams);
      return {
        ...{ protocol: inner.protocol, [serviceCapabilities]: ["@libp2p/stream-multiplexing"] },
        createStreamMuxer(connection) {
          const is = secured.get(connection);
          if (is === undefined)
            throw new RangeError("a connection of another encrypter: this is a bug, please report it");
          handshakes.get(is.below)?.();
          // Before Yamux, so that its reader comes second.
          guardMuxer(connection, is, { ...options, ...deps });
          return inner.createStreamMuxer(connection);
        },
      };
    },
    gater: {
      denyInboundConnection: onIncipient,
      denyOutboundConnection: (_, connection) => onIncipient(connection),
    },
  };
}

/** Yamux with bounds on what a peer may open and leave unread. */
function boundedYamux(maxStreams: number): StreamMuxerFactory {
  return yamux({
    maxInboundStreams: maxStreams,
    maxOutboundStreams: maxStreams,
    maxEarlyStreams: maxStreams,
    streamOptions: {
      initialStreamWindowSize: WINDOW_BYTES,
      maxStreamWindowSize: WINDOW_BYTES,
      maxReadBufferLength: 2 * WINDOW_BYTES,
      maxWriteBufferLength: 4 * WINDOW_BYTES,
    },
  })();
}

/** An encrypter that tells whose connection it made, and on top of which: the muxer's factory is told neither. */
function rememberingEncrypter(
  inner: ConnectionEncrypter,
  remember: (connection: MessageStream, is: Secured) => void,
): ConnectionEncrypter {
  const told = (below: MessageStream, made: SecuredConnection): SecuredConnection => {
    remember(made.connection, { peerId: made.remotePeer.toString(), below });
    return made;
  };
  return {
    ...{ protocol: inner.protocol, [serviceCapabilities]: ["@libp2p/connection-encryption"] },
    secureInbound: async (below, options) => told(below, await inner.secureInbound(below, options)),
    secureOutbound: async (below, options) => told(below, await inner.secureOutbound(below, options)),
  };
}

/** Ends a connection that brings more bytes than a handshake takes, until the returned function is called. */
function boundHandshake(connection: MessageStream, onFault: () => void): () => void {
  let taken = 0;
  const onMessage = (event: StreamMessageEvent): void => {
    taken += event.data.byteLength;
    if (taken <= MAX_HANDSHAKE_BYTES) return;
    event.stopImmediatePropagation();
    connection.abort(new Error("too much for a handshake"));
    onFault();
  };
  connection.addEventListener("message", onMessage);
  return () => connection.removeEventListener("message", onMessage);
}

/** Ends a connection for what its peer says to the muxer, before this hears it, and for what the peer does not read. */
function guardMuxer(connection: MessageStream, { peerId, below }: Secured, parts: BoundsOptions & BoundsDeps): void {
  const guard = createMuxerGuard({ maxDataBytes: WINDOW_BYTES, limits: parts.limits }, parts.now);
  // What waits above the encryption moves below it at once whenever something there has left: both are bounded.
  connection.maxWriteBufferLength = MAX_UNSENT_BYTES;
  below.maxWriteBufferLength = MAX_UNSENT_BYTES;
  connection.addEventListener("message", (event) => {
    const { data } = event;
    const fault = guard.push(data instanceof Uint8Array ? [data] : data);
    if (fault === undefined) return;
    event.stopImmediatePropagation();
    connection.abort(new Error(fault));
    parts.onFault(peerId, fault);
  });
  connection.addEventListener("close", ({ error }) => {
    if (error instanceof StreamBufferError) parts.onFault(peerId, "unread");
  });
}

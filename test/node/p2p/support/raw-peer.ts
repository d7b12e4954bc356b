import type { Ed25519PrivateKey, Libp2p, MessageStream, StreamMuxerFactory } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { AbstractStreamMuxer } from "@libp2p/utils";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { FRAME_TYPES, SYN } from "../../../../node/p2p/yamux-headers.ts";

/** The flag of a frame that drops a stream. */
export const RST = 8;

/** A frame's header, as Yamux has it; a data frame's bytes follow. */
export function yamuxHeader({
  version = 0,
  type = FRAME_TYPES.data as number,
  flags = 0,
  stream = 1,
  length = 0,
}): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(version, 0);
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt32BE(stream, 4);
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

/** So many questions. */
export function pings(count: number): Buffer {
  return repeated(yamuxHeader({ type: FRAME_TYPES.ping, flags: SYN, stream: 0, length: 7 }), count);
}

/** So many streams that are opened and dropped at once, under ever new numbers. */
export function resets(count: number): Buffer {
  const { windowUpdate: type } = FRAME_TYPES;
  const streams = Array.from({ length: count }, (_, i) => 2 * i + 1);
  return Buffer.concat(streams.flatMap((stream) => [SYN, RST].map((flags) => yamuxHeader({ type, flags, stream }))));
}

export function repeated(bytes: Uint8Array, count: number): Buffer {
  return Buffer.alloc(count * bytes.length, bytes);
}

/** Says what it is told to on an encrypted connection, and answers nothing. */
export interface RawPeer {
  readonly ended: boolean;
  /** Bytes that came. */
  readonly received: number;
  /**
   * Sends so many bytes at a time, and gives the other side, which is in this process, the time to take them, until all
   * are sent or the connection has ended. How many were sent before that.
   */
  pour(bytes: Uint8Array, pieceBytes?: number): Promise<number>;
  pauseReading(): void;
  stop(): Promise<void>;
}

/** Dials. */
export async function startRawPeer(privateKey: Ed25519PrivateKey, address: string): Promise<RawPeer> {
  const { host, connected } = await startMuteHost(privateKey, { listen: [] });
  try {
    await host.dial(multiaddr(address));
    return await connected;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** Waits for one that dials. */
export async function startRawListener(
  privateKey: Ed25519PrivateKey,
): Promise<{ address: string; connected: Promise<RawPeer>; stop(): Promise<void> }> {
  const { host, connected } = await startMuteHost(privateKey, { listen: ["/ip4/127.0.0.1/tcp/0"] });
  return { address: String(host.getMultiaddrs()[0]), connected, stop: async () => host.stop() };
}

async function startMuteHost(privateKey: Ed25519PrivateKey, addresses: { listen: string[] }) {
  const { promise: connected, resolve } = Promise.withResolvers<RawPeer>();
  const muxer: StreamMuxerFactory = {
    protocol: "/yamux/1.0.0",
    createStreamMuxer(connection) {
      const mute = new MuteMuxer(connection);
      resolve(rawPeer(mute, async () => host.stop()));
      return mute;
    },
  };
  const host: Libp2p = await createLibp2p({
    ...{ privateKey, addresses, transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [() => muxer] },
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
  });
  return { host, connected };
}

function rawPeer({ connection, counted }: MuteMuxer, stop: () => Promise<void>): RawPeer {
  return {
    get ended() {
      return connection.status !== "open";
    },
    get received() {
      return counted.bytes;
    },
    async pour(bytes, pieceBytes = bytes.length) {
      let sent = 0;
      for (; sent < bytes.length && connection.status === "open"; sent += pieceBytes) {
        connection.send(bytes.subarray(sent, sent + pieceBytes));
        // A turn in which it leaves, one in which it comes, and one in which an end is noticed.
        for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      return Math.min(sent, bytes.length);
    },
    pauseReading: () => connection.pause(),
    stop,
  };
}

class MuteMuxer extends AbstractStreamMuxer {
  readonly connection: MessageStream;
  readonly counted = { bytes: 0 };

  constructor(connection: MessageStream) {
    super(connection, { protocol: "/yamux/1.0.0", name: "mute" });
    this.connection = connection;
  }

  onData({ byteLength }: { readonly byteLength: number }): void {
    this.counted.bytes += byteLength;
  }

  onCreateStream(): never {
    throw new Error("a raw peer opens streams by hand");
  }
}

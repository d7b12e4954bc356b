import type { ConnectionGater, Ed25519PrivateKey, Libp2p, PeerId } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p } from "libp2p";
import { listenError } from "./listen-error.ts";

export interface HostOptions {
  readonly privateKey: Ed25519PrivateKey;
  /** Multiaddr to listen on. */
  readonly listen: string;
  /** Whether a peer is a registered member, and not refused now. Nobody else gets a connection. */
  readonly admits: (peerId: string) => boolean;
}

/** Connections that a peer may hold: each side may open one at the same moment, and a lost one may not be known to be. */
const CONNECTIONS_PER_PEER = 3;
/** Two committees of 31, the old one and the new one, with a share each, and one more each for those that close. */
const MAX_CONNECTIONS = 2 * 31 * (CONNECTIONS_PER_PEER + 1);
/** Strangers' handshakes under way: they are many and short, so that idle sockets of a few hosts cannot keep members out. */
const MAX_PENDING_HANDSHAKES = 256;
/** Per host: a whole committee behind one address starts at once. */
const MAX_HANDSHAKES_PER_SECOND = 32;
/** For the upgrade of a connection, and for the negotiation of a stream. */
const HANDSHAKE_TIMEOUT_MS = 3_000;
/** A peer that does not answer is gone, whatever TCP says: noticed within interval and timeout. */
const PING_INTERVAL_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;
/** Streams of one connection in each direction: two per committee, pings, and their successors while they close. */
const MAX_STREAMS = 16;
/** Yamux's smallest: a round of the largest committee fits into it. A reader holds no more than this per stream. */
const WINDOW_BYTES = 262_144;

/** libp2p over TCP, Noise and Yamux that talks to admitted peers only. */
export async function startHost({ privateKey, listen, admits }: HostOptions): Promise<Libp2p> {
  const connectionsOf = (peer: PeerId): number => host?.getConnections(peer).length ?? 0;
  let host: Libp2p | undefined;
  try {
    host = await createLibp2p({
      privateKey,
      addresses: { listen: [listen] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [boundedYamux(MAX_STREAMS)],
      connectionGater: gaterFor(admits, connectionsOf),
      connectionManager: {
        // Each peer's share is the gater's to hold.
        maxConnections: MAX_CONNECTIONS,
        maxIncomingPendingConnections: MAX_PENDING_HANDSHAKES,
        inboundConnectionThreshold: MAX_HANDSHAKES_PER_SECOND,
        inboundUpgradeTimeout: HANDSHAKE_TIMEOUT_MS,
        inboundStreamProtocolNegotiationTimeout: HANDSHAKE_TIMEOUT_MS,
        outboundStreamProtocolNegotiationTimeout: HANDSHAKE_TIMEOUT_MS,
      },
      connectionMonitor: { pingInterval: PING_INTERVAL_MS, pingTimeout: { minTimeout: PING_TIMEOUT_MS } },
    });
    return host;
  } catch (cause) {
    throw listenError({ address: listen, setting: "p2p.listen" }, cause);
  }
}

/** Yamux with bounds on what a peer may open and leave unread. */
export function boundedYamux(maxStreams: number): ReturnType<typeof yamux> {
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
  });
}

/** Refuses everybody but the admitted, as soon as Noise has shown who it is, and a peer that takes more than its share. */
function gaterFor(admits: HostOptions["admits"], connectionsOf: (peer: PeerId) => number): ConnectionGater {
  const deny = (peer: PeerId) => !admits(peer.toString());
  const denyInbound = (peer: PeerId) => deny(peer) || connectionsOf(peer) >= CONNECTIONS_PER_PEER;
  return {
    denyDialPeer: deny,
    denyInboundEncryptedConnection: denyInbound,
    denyOutboundEncryptedConnection: deny,
    denyInboundUpgradedConnection: denyInbound,
    // The default refuses private addresses; committees run on private networks too.
    denyDialMultiaddr: () => false,
  };
}

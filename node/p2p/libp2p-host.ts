import type { ConnectionGater, Ed25519PrivateKey, Libp2p, PeerId } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { boundedConnections, type BoundsDeps, type BoundsOptions } from "./bounded-connection.ts";
import { listenError } from "./listen-error.ts";

export interface HostOptions {
  readonly privateKey: Ed25519PrivateKey;
  /** Multiaddr to listen on. */
  readonly listen: string;
  /** Of each connection. */
  readonly limits: BoundsOptions["limits"];
}

export interface HostDeps extends BoundsDeps {
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

/** libp2p over TCP, Noise and Yamux that talks to admitted peers only. */
export async function startHost({ privateKey, listen, limits }: HostOptions, deps: HostDeps): Promise<Libp2p> {
  const { encrypter, muxer, gater } = boundedConnections({ maxStreams: MAX_STREAMS, limits }, deps);
  const connectionsOf = (peer: PeerId): number => host?.getConnections(peer).length ?? 0;
  let host: Libp2p | undefined;
  try {
    host = await createLibp2p({
      privateKey,
      addresses: { listen: [listen] },
      transports: [tcp()],
      connectionEncrypters: [encrypter],
      streamMuxers: [muxer],
      connectionGater: { ...gater, ...gaterFor(deps.admits, connectionsOf) },
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

/** Refuses everybody but the admitted, as soon as Noise has shown who it is, and a peer that takes more than its share. */
function gaterFor(admits: HostDeps["admits"], connectionsOf: (peer: PeerId) => number): ConnectionGater {
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

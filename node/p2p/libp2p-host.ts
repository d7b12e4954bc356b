import type { ConnectionGater, Ed25519PrivateKey, Libp2p, PeerId } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p } from "libp2p";
import { QuorateError } from "../../core/errors/quorate-error.ts";

export type HostError =
  | { readonly code: "port-taken"; readonly address: string }
  | { readonly code: "listen-failed"; readonly address: string };

export interface HostOptions {
  readonly privateKey: Ed25519PrivateKey;
  /** Multiaddr to listen on. */
  readonly listen: string;
  /** Peer ids of the registered members. Nobody else gets a connection. */
  readonly admitted: ReadonlySet<string>;
}

/** Connections a member may hold: one is enough, a second covers the moment of a reconnection. */
const CONNECTIONS_PER_MEMBER = 2;
/** Strangers' handshakes under way: they are many and short, so that idle sockets of a few hosts cannot keep members out. */
const MAX_PENDING_HANDSHAKES = 256;
const HANDSHAKE_TIMEOUT_MS = 3_000;

/** libp2p over TCP, Noise and Yamux that talks to registered members only. */
export async function startHost({ privateKey, listen, admitted }: HostOptions): Promise<Libp2p> {
  const connectionsOf = (peer: PeerId): number => host?.getConnections(peer).length ?? 0;
  let host: Libp2p | undefined;
  try {
    host = await createLibp2p({
      privateKey,
      addresses: { listen: [listen] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionGater: gaterFor(admitted, connectionsOf),
      connectionManager: {
        // Each member's share is the gater's to hold; one more each for those that close.
        maxConnections: admitted.size * (CONNECTIONS_PER_MEMBER + 1),
        maxIncomingPendingConnections: MAX_PENDING_HANDSHAKES,
        inboundUpgradeTimeout: HANDSHAKE_TIMEOUT_MS,
      },
    });
    return host;
  } catch (cause) {
    throw listenError(listen, cause);
  }
}

/** Refuses everybody but the members, as soon as Noise has shown who it is, and a member that takes more than its share. */
function gaterFor(admitted: ReadonlySet<string>, connectionsOf: (peer: PeerId) => number): ConnectionGater {
  const deny = (peer: PeerId) => !admitted.has(peer.toString());
  const denyInbound = (peer: PeerId) => deny(peer) || connectionsOf(peer) >= CONNECTIONS_PER_MEMBER;
  return {
    denyDialPeer: deny,
    denyInboundEncryptedConnection: denyInbound,
    denyOutboundEncryptedConnection: deny,
    denyInboundUpgradedConnection: denyInbound,
    // The default refuses private addresses; committees run on private networks too.
    denyDialMultiaddr: () => false,
  };
}

function listenError(address: string, cause: unknown): QuorateError<HostError> {
  const text = String(cause instanceof Error ? `${cause.message} ${String(cause.cause)}` : cause);
  if (text.includes("EADDRINUSE") || (cause as NodeJS.ErrnoException).code === "EADDRINUSE") {
    return new QuorateError<HostError>(
      { code: "port-taken", address },
      `the port of ${address} is taken: stop the other program or change p2p.listen`,
      { cause },
    );
  }
  return new QuorateError<HostError>(
    { code: "listen-failed", address },
    `cannot listen on ${address}: check p2p.listen`,
    { cause },
  );
}

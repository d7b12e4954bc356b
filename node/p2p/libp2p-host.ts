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

/** libp2p over TCP, Noise and Yamux that talks to registered members only. */
export async function startHost({ privateKey, listen, admitted }: HostOptions): Promise<Libp2p> {
  try {
    return await createLibp2p({
      privateKey,
      addresses: { listen: [listen] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionGater: gaterFor(admitted),
      connectionManager: {
        maxConnections: admitted.size * CONNECTIONS_PER_MEMBER,
        maxIncomingPendingConnections: admitted.size * CONNECTIONS_PER_MEMBER,
      },
    });
  } catch (cause) {
    throw listenError(listen, cause);
  }
}

/** Refuses everybody but the members, as soon as Noise has shown who it is. */
function gaterFor(admitted: ReadonlySet<string>): ConnectionGater {
  const deny = (peer: PeerId) => !admitted.has(peer.toString());
  return {
    denyDialPeer: deny,
    denyInboundEncryptedConnection: deny,
    denyOutboundEncryptedConnection: deny,
    denyInboundUpgradedConnection: deny,
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

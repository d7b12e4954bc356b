import { type GossipSub, type GossipSubComponents, gossipsub, type GossipsubOpts } from "@libp2p/gossipsub";
import {
  type Connection,
  type Libp2pEvents,
  serviceCapabilities,
  type Stream,
  type TypedEventTarget,
} from "@libp2p/interface";
import type { Hex } from "../../core/types/hex.ts";

/** Peers whose connection ended are forgotten after this long: strangers come under ever new names. */
const RETAIN_SCORE_MS = 10_000;
/** Of what watchers tell: a few topics, and hardly ever more. */
const FEW = 16;

const COMMON: Partial<GossipsubOpts> = {
  fallbackToFloodsub: false,
  allowPublishToZeroTopicPeers: true,
  // Nodes publish to all who have subscribed: watchers need no mesh and pass nothing on.
  floodPublish: true,
  doPX: false,
  tagMeshPeers: false,
  maxInboundStreams: 2,
  maxOutboundStreams: 2,
  scoreParams: { retainScore: RETAIN_SCORE_MS },
};

type Components = GossipSubComponents & { readonly events: TypedEventTarget<Libp2pEvents> };
type Registrar = GossipSubComponents["registrar"];

/** The topic on which members publish one configuration's final reports. */
export function finalsTopic(configDigest: Hex): string {
  return `/quorate/2/${configDigest}/finals`;
}

export interface PublisherRouterOptions {
  /** Of one RPC of a watcher's. */
  readonly maxInboundBytes: number;
  /** Waiting for one watcher that does not read; its stream ends beyond. */
  readonly maxOutboundBytes: number;
  /** Called for bytes that a watcher sends. False ends its connection. */
  readonly admitsBytes: (peerId: string, size: number) => boolean;
}

/** A router that publishes. It takes no message from anybody: an RPC that holds one is dropped undecoded. */
export function publisherRouter(options: PublisherRouterOptions): (components: Components) => GossipSub {
  const create = gossipsub({
    ...COMMON,
    maxInboundDataLength: options.maxInboundBytes,
    maxOutboundBufferSize: options.maxOutboundBytes,
    decodeRpcLimits: {
      ...{ maxSubscriptions: FEW, maxMessages: 0, maxControlMessages: FEW, maxPeerInfos: 0 },
      ...{ maxIhaveMessageIDs: FEW, maxIwantMessageIDs: FEW, maxIdontwantMessageIDs: FEW },
    },
  });
  return ({ privateKey, peerId, peerStore, registrar, connectionManager, logger }) =>
    create({
      ...{ privateKey, peerId, peerStore, connectionManager, logger },
      registrar: metered(registrar, options.admitsBytes),
    });
}

/** A router that subscribes. */
export function watcherRouter({ maxInboundBytes }: { maxInboundBytes: number }): (components: Components) => GossipSub {
  return gossipsub({ ...COMMON, maxInboundDataLength: maxInboundBytes });
}

/**
 * Stands in for libp2p's identify protocol, which tells peers each other's protocols: here every peer speaks gossip and
 * nothing else. Whoever dials opens the first stream; the other side answers with its own.
 */
export function presumedGossip(protocols: readonly string[]) {
  return ({ events }: Pick<Components, "events">) => {
    const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
      if (connection.direction !== "outbound") return;
      const detail = { peerId: connection.remotePeer, connection, protocols: [...protocols], listenAddrs: [] };
      // After the connection manager has taken note of the connection.
      queueMicrotask(() => events.dispatchEvent(new CustomEvent("peer:identify", { detail })));
    };
    return {
      [Symbol.toStringTag]: "presumed-gossip",
      [serviceCapabilities]: ["@libp2p/identify"],
      start: () => events.addEventListener("connection:open", onOpen),
      stop: () => events.removeEventListener("connection:open", onOpen),
    };
  };
}

/** A registrar whose inbound streams are metered before their handler hears of them. */
function metered(registrar: Registrar, admitsBytes: PublisherRouterOptions["admitsBytes"]): Registrar {
  const meter = (stream: Stream, connection: Connection): void =>
    stream.addEventListener("message", ({ data }) => {
      if (!admitsBytes(connection.remotePeer.toString(), data.byteLength))
        connection.abort(new Error("a watcher has nothing to tell"));
    });
  const handle = (...[protocol, handler, handlerOptions]: Parameters<Registrar["handle"]>): Promise<void> =>
    registrar.handle(
      protocol,
      (stream, connection) => {
        meter(stream, connection);
        return handler(stream, connection);
      },
      handlerOptions,
    );
  return new Proxy(registrar, {
    get(target, property) {
      if (property === "handle") return handle;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

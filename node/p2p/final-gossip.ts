import type { Connection, Ed25519PrivateKey, Libp2p, PeerId } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { encodeMessage } from "../../core/consensus/wire.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { boundedConnections, type BoundsDeps } from "./bounded-connection.ts";
import { createFaultLog } from "./fault-log.ts";
import { finalsTopic, presumedGossip, publisherRouter, type PublisherRouterOptions } from "./gossip-router.ts";
import { type ConnectionLimits, PINGS } from "./limits.ts";
import { listenError } from "./listen-error.ts";
import { createGossipMetrics } from "./metrics.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";

export interface FinalGossipOptions {
  /** The member's registered key: watchers take finals from members only. */
  readonly privateKey: Ed25519PrivateKey;
  /** Multiaddr for watchers: another port than the members'. */
  readonly listen: string;
  readonly maxWatchers: number;
}

export interface FinalGossipDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Tells anybody who asks what the committee has agreed on, and listens to nobody. */
export interface FinalGossip {
  readonly addresses: readonly string[];
  /** Never throws: watchers are guests. */
  publish(configDigest: Hex, final: FinalReport): void;
  stop(): Promise<void>;
}

/** A watcher subscribes to a few topics, then keeps quiet: what it may send per second and at once, in bytes. */
const WATCHER_BYTES = { burst: 16_384, perSecond: 1_024 };
const MAX_INBOUND_BYTES = 4_096;
/** Some twenty finals of the largest committee: a watcher that lags further behind is better served anew. */
const MAX_OUTBOUND_BYTES = 524_288;
const HANDSHAKE_TIMEOUT_MS = 3_000;
const MAX_PENDING_HANDSHAKES = 32;
/** Per host and second. */
const MAX_HANDSHAKES_PER_SECOND = 8;
/** Gossip in both directions, and pings. */
const MAX_STREAMS = 6;
/**
 * Of a watcher's connection: it opens a stream for gossip and one for a ping every ten seconds, and answers every piece of
 * a final with a new window, of a thousand that waited for it at once, or a hundred a second where two committees agree
 * every 20 ms. Its bytes are twice what it may say in gossip.
 */
const WATCHER_CONNECTION: ConnectionLimits = {
  frames: { burst: 4_096, perSecond: 256 },
  bytes: { burst: 2 * WATCHER_BYTES.burst, perSecond: 2 * WATCHER_BYTES.perSecond },
  streams: { burst: 16, perSecond: 1 },
  pings: PINGS,
};
/** A connection that does not gossip by then occupies a watcher's place for nothing. */
const IDLE_MS = 10_000;

/** @throws QuorateError<ListenError> */
export async function startFinalGossip(options: FinalGossipOptions, deps: FinalGossipDeps): Promise<FinalGossip> {
  const { clock, log } = deps;
  const metrics = createGossipMetrics(deps.meter);
  const allowances = new Map<string, RateLimit>();
  const now = (): number => clock.now();
  const logFault = createFaultLog(log, now);
  const onFault = (fields: { fault: string; peerId?: string }): void => {
    metrics.faults.add(1, { fault: fields.fault });
    logFault(fields);
  };
  const host = await startGossipHost(options, {
    now,
    onFault: (peerId, fault) => onFault({ peerId, fault }),
    onHandshakeFault: () => onFault({ fault: "handshake" }),
    admitsBytes(peerId, size) {
      const allowance = allowances.get(peerId) ?? createRateLimit(WATCHER_BYTES);
      allowances.set(peerId, allowance);
      return allowance.take(clock.now(), size);
    },
  });
  const router = host.services.gossip;
  const stopWatching = watchConnections(host, { ...deps, metrics, onGone: (peerId) => allowances.delete(peerId) });
  const addresses = host.getMultiaddrs().map(String);
  log.info({ addresses }, "publishing finals for watchers");
  return {
    addresses,
    publish(configDigest, final) {
      const topic = finalsTopic(configDigest);
      if (router.getSubscribers(topic).length === 0) return; // Encoding and signing would be in vain.
      router
        .publish(topic, encodeMessage({ kind: "final", final }))
        .then(({ recipients }) => metrics.published.add(recipients.length))
        .catch((error: unknown) => log.warn({ error }, "a final was not published to watchers"));
    },
    async stop() {
      stopWatching();
      await host.stop();
    },
  };
}

async function startGossipHost(
  { privateKey, listen, maxWatchers }: FinalGossipOptions,
  { admitsBytes, ...deps }: BoundsDeps & Pick<PublisherRouterOptions, "admitsBytes">,
) {
  const { encrypter, muxer, gater } = boundedConnections(
    { maxStreams: MAX_STREAMS, limits: () => WATCHER_CONNECTION },
    deps,
  );
  const router = publisherRouter({
    ...{ maxInboundBytes: MAX_INBOUND_BYTES, maxOutboundBytes: MAX_OUTBOUND_BYTES, admitsBytes },
  });
  try {
    return await createLibp2p({
      privateKey,
      addresses: { listen: [listen] },
      transports: [tcp()],
      connectionEncrypters: [encrypter],
      streamMuxers: [muxer],
      connectionManager: {
        maxConnections: maxWatchers,
        maxIncomingPendingConnections: MAX_PENDING_HANDSHAKES,
        inboundConnectionThreshold: MAX_HANDSHAKES_PER_SECOND,
        inboundUpgradeTimeout: HANDSHAKE_TIMEOUT_MS,
        inboundStreamProtocolNegotiationTimeout: HANDSHAKE_TIMEOUT_MS,
      },
      // Never dials: whoever wants to know comes here.
      connectionGater: { ...gater, denyDialPeer: () => true },
      services: { identify: presumedGossip([]), gossip: router },
    });
  } catch (cause) {
    throw listenError({ address: listen, setting: "p2p.publish.listen" }, cause);
  }
}

interface WatchDeps extends FinalGossipDeps {
  readonly metrics: ReturnType<typeof createGossipMetrics>;
  readonly onGone: (peerId: string) => void;
}

/** Counts watchers, ends connections that do not gossip, and forgets who left. */
function watchConnections(host: Libp2p, { clock, log, metrics, onGone }: WatchDeps): () => void {
  const cancels = new Set<() => void>();
  const count = (): void => metrics.watchers.set(host.getConnections().length);
  const later = (callback: () => void): void => {
    const cancel = clock.wakeAt(clock.now() + IDLE_MS, () => {
      cancels.delete(cancel);
      callback();
    });
    cancels.add(cancel);
  };
  const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    count();
    later(() => {
      const talks = connection.streams.some(({ direction, protocol }) => direction === "inbound" && protocol !== "");
      if (!talks) connection.abort(new Error("does not gossip"));
    });
  };
  const onGoneAway = ({ detail: peer }: CustomEvent<PeerId>): void => {
    count();
    onGone(peer.toString());
    // After the router, which looks the peer up while it forgets it.
    later(() => {
      if (host.getConnections(peer).length > 0) return;
      host.peerStore.delete(peer).catch((error: unknown) => log.debug({ error }, "a watcher was not forgotten"));
    });
  };
  host.addEventListener("connection:open", onOpen);
  host.addEventListener("peer:disconnect", onGoneAway);
  return () => cancels.forEach((cancel) => cancel());
}

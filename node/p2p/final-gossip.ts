import type { Connection, Ed25519PrivateKey, Libp2p, PeerId } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { encodeMessage } from "../../core/consensus/wire.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { FinalReport } from "../../core/types/final.ts";
import type { Hex } from "../../core/types/hex.ts";
import { finalsTopic, presumedGossip, publisherRouter } from "./gossip-router.ts";
import { boundedYamux } from "./libp2p-host.ts";
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
/** A connection that does not gossip by then occupies a watcher's place for nothing. */
const IDLE_MS = 10_000;

/** @throws QuorateError<ListenError> */
export async function startFinalGossip(options: FinalGossipOptions, deps: FinalGossipDeps): Promise<FinalGossip> {
  const { clock, log } = deps;
  const metrics = createGossipMetrics(deps.meter);
  const allowances = new Map<string, RateLimit>();
  const host = await startGossipHost(options, (peerId, size) => {
    const allowance = allowances.get(peerId) ?? createRateLimit(WATCHER_BYTES);
    allowances.set(peerId, allowance);
    return allowance.take(clock.now(), size);
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
  admitsBytes: (peerId: string, size: number) => boolean,
) {
  const router = publisherRouter({
    ...{ maxInboundBytes: MAX_INBOUND_BYTES, maxOutboundBytes: MAX_OUTBOUND_BYTES, admitsBytes },
  });
  try {
    return await createLibp2p({
      privateKey,
      addresses: { listen: [listen] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [boundedYamux(MAX_STREAMS)],
      connectionManager: {
        maxConnections: maxWatchers,
        maxIncomingPendingConnections: MAX_PENDING_HANDSHAKES,
        inboundConnectionThreshold: MAX_HANDSHAKES_PER_SECOND,
        inboundUpgradeTimeout: HANDSHAKE_TIMEOUT_MS,
        inboundStreamProtocolNegotiationTimeout: HANDSHAKE_TIMEOUT_MS,
      },
      // Never dials: whoever wants to know comes here.
      connectionGater: { denyDialPeer: () => true },
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

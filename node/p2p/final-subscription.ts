import type { Connection, Libp2p } from "@libp2p/interface";
import type { GossipSub, GossipsubMessage } from "@libp2p/gossipsub";
import { TopicValidatorResult } from "@libp2p/gossipsub";
import { tcp } from "@libp2p/tcp";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import { pauseBeforeAttempt } from "./backoff.ts";
import { boundedConnections } from "./bounded-connection.ts";
import { dialDeadline } from "./dial-deadline.ts";
import { finalsTopic, presumedGossip, watcherRouter } from "./gossip-router.ts";
import { type ConnectionLimits, PINGS } from "./limits.ts";
import { peerIdOf } from "./peer-id.ts";
import { createRateLimit } from "./rate-limit.ts";

export interface FinalSubscriptionOptions {
  /** Multiaddrs at which members publish finals. */
  readonly peers: readonly string[];
}

export interface FinalSubscriptionDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Of [0, 1): spreads attempts over time. */
  readonly random: () => number;
  /** A final as a member of the followed configuration published it: not checked yet. */
  readonly onFinal: (configDigest: Hex, bytes: Uint8Array) => void;
  /** Something came that no member may publish, or more of it than members publish. */
  readonly onRefused: (reason: "no-member" | "oversize" | "rate") => void;
  readonly onPeers: (connected: readonly string[]) => void;
  readonly onUnreachable: (peer: string, reason: string) => void;
}

export interface FinalCommittee {
  readonly configDigest: Hex;
  readonly peerKeys: readonly Hex[];
  readonly maxFinalBytes: number;
}

/** A read-only guest of some members: without a key of its own that anybody knows, and without a port. */
export interface FinalSubscription {
  /** Takes finals of these configurations from now on, and of no others. */
  follow(committees: readonly FinalCommittee[]): void;
  stop(): Promise<void>;
}

const MAX_STREAMS = 8;
/** Of one RPC: finals of several members may travel together. */
const MAX_INBOUND_BYTES = 1_048_576;
/** Of one member. The fastest committees agree every 20 ms; checking a final takes some milliseconds. */
const FINALS_OF_ONE_MEMBER = { burst: 100, perSecond: 50 };

/**
 * Of a publisher's connection, with two committees at that rate: a final leaves in two pieces at most, of 70 KiB together
 * in the largest committee, and what waited for this watcher is no more than 512 KiB. Twice that.
 */
const PUBLISHER_CONNECTION: ConnectionLimits = {
  frames: { burst: 4_096, perSecond: 512 },
  bytes: { burst: 2 * MAX_INBOUND_BYTES, perSecond: 16 * MAX_INBOUND_BYTES },
  streams: { burst: 16, perSecond: 1 },
  pings: PINGS,
};

/** Whether the text can be dialled at all. */
export function isMultiaddr(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length > 1;
  } catch {
    return false;
  }
}

export async function startFinalSubscription(
  { peers }: FinalSubscriptionOptions,
  deps: FinalSubscriptionDeps,
): Promise<FinalSubscription> {
  const { encrypter, muxer, gater } = boundedConnections(
    { maxStreams: MAX_STREAMS, limits: () => PUBLISHER_CONNECTION },
    {
      now: () => deps.clock.now(),
      onFault: (peerId, fault) => deps.log.debug({ peerId, fault }, "a publisher broke the bounds of a connection"),
      onHandshakeFault: () => deps.log.debug({}, "a publisher's handshake broke its bounds"),
    },
  );
  const host = await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [encrypter],
    streamMuxers: [muxer],
    connectionGater: { ...gater, denyDialMultiaddr: () => false },
    services: {
      identify: presumedGossip(["/meshsub/1.2.0"]),
      gossip: watcherRouter({ maxInboundBytes: MAX_INBOUND_BYTES }),
    },
  });
  const stopping = new AbortController();
  const follower = createFollower(host.services.gossip, deps);
  const addresses = peers.map((peer) => ({ peer, address: multiaddr(peer) }));
  const connected = new Set<string>();
  const running = addresses.map(({ peer, address }) =>
    stayConnected(
      { peer, address, signal: stopping.signal },
      {
        ...deps,
        host,
        onChange(isConnected) {
          if (isConnected) connected.add(peer);
          else connected.delete(peer);
          deps.onPeers([...connected]);
        },
      },
    ),
  );
  return {
    follow: (committees) => follower.follow(committees),
    async stop() {
      stopping.abort();
      await host.stop();
      await Promise.all(running);
    },
  };
}

/** Keeps the router's subscriptions, and takes from it what members of the followed committees publish. */
function createFollower(router: GossipSub, { clock, onFinal, onRefused }: FinalSubscriptionDeps) {
  let followed = new Map<
    string,
    FinalCommittee & { members: ReadonlyMap<string, ReturnType<typeof createRateLimit>> }
  >();

  function judge(topic: string, message: GossipsubMessage["msg"]): TopicValidatorResult {
    const committee = followed.get(topic);
    const allowance = message.type === "signed" ? committee?.members.get(message.from.toString()) : undefined;
    const refusal =
      committee === undefined || allowance === undefined
        ? "no-member"
        : message.data.length > committee.maxFinalBytes
          ? "oversize"
          : allowance.take(clock.now())
            ? undefined
            : "rate";
    if (refusal === undefined) return TopicValidatorResult.Accept;
    onRefused(refusal);
    return refusal === "rate" ? TopicValidatorResult.Ignore : TopicValidatorResult.Reject;
  }

  router.addEventListener("gossipsub:message", ({ detail: { msg } }) => {
    const committee = followed.get(msg.topic);
    if (committee !== undefined) onFinal(committee.configDigest, msg.data);
  });

  return {
    follow(committees: readonly FinalCommittee[]): void {
      const next = new Map(
        committees.map((committee) => {
          const topic = finalsTopic(committee.configDigest);
          const members = new Map(
            committee.peerKeys.map((key) => [peerIdOf(key), createRateLimit(FINALS_OF_ONE_MEMBER)]),
          );
          return [topic, followed.get(topic) ?? { ...committee, members }] as const;
        }),
      );
      for (const topic of followed.keys()) {
        if (next.has(topic)) continue;
        router.unsubscribe(topic);
        router.topicValidators.delete(topic);
      }
      const added = [...next.keys()].filter((topic) => !followed.has(topic));
      followed = next;
      for (const topic of added) {
        router.topicValidators.set(topic, (_, message) => judge(topic, message));
        router.subscribe(topic);
      }
    },
  };
}

interface StayDeps extends FinalSubscriptionDeps {
  readonly host: Libp2p;
  readonly onChange: (connected: boolean) => void;
}

async function stayConnected(
  { peer, address, signal }: { peer: string; address: Multiaddr; signal: AbortSignal },
  { host, clock, random, onChange, onUnreachable }: StayDeps,
): Promise<void> {
  const tell = (reason: string): void => {
    if (!signal.aborted) onUnreachable(peer, reason);
  };
  let failures = 0;
  while (!signal.aborted) {
    const deadline = dialDeadline(clock, signal);
    try {
      const connection = await host.dial(address, { signal: deadline.signal });
      deadline.cancel();
      onChange(true);
      failures = 0;
      await closed(connection);
      onChange(false);
      tell("the connection ended");
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    } finally {
      deadline.cancel();
    }
    failures += 1;
    await clock.sleep(pauseBeforeAttempt(failures, random()), signal);
  }
}

function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    if (connection.status !== "open") resolve();
    else connection.addEventListener("close", () => resolve(), { once: true });
  });
}

import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { publicKeyFromRaw } from "@libp2p/crypto/keys";
import { multiaddr } from "@multiformats/multiaddr";
import { getBytes } from "ethers";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type Channel, type ChannelOptions, openChannel } from "./channel.ts";
import { type HostOptions, startHost } from "./libp2p-host.ts";
import { createP2pMetrics } from "./metrics.ts";
import { createRateLimit } from "./rate-limit.ts";

export interface NetworkOptions extends ChannelOptions, Pick<HostOptions, "privateKey" | "listen"> {
  /** This node's committee index. */
  readonly self: number;
  /** Ed25519 public keys of all members, in committee order. */
  readonly peerKeys: readonly Hex[];
  /** Multiaddrs of members, each ending in /p2p/<peer id>. Members without one must dial us. */
  readonly addresses: readonly string[];
  /** Separates the channels of different configurations. */
  readonly configDigest: Hex;
  /** Frames a member may send: at once, and per second. */
  readonly rate: { readonly burst: number; readonly perSecond: number };
}

export interface NetworkDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly events: NetworkEvents;
}

/** Pauses between attempts to reach a member, in milliseconds; the last one repeats. */
const RECONNECT_DELAYS_MS = [100, 250, 500, 1_000, 2_000, 5_000];
const DIAL_TIMEOUT_MS = 5_000;
/** A channel that ends sooner counts as a failed attempt. */
const STABLE_AFTER_MS = 5_000;

export function peerIdOf(peerKey: Hex): string {
  return peerIdFromPublicKey(publicKeyFromRaw(getBytes(peerKey))).toString();
}

/**
 * Direct streams between members. Of each pair the member with the lower index dials and opens the one stream that
 * both use, so that no two connections race.
 */
export async function startNetwork(options: NetworkOptions, deps: NetworkDeps): Promise<Network> {
  const peerIds = options.peerKeys.map(peerIdOf);
  const others = peerIds.filter((_, index) => index !== options.self);
  const host = await startHost({ privateKey: options.privateKey, listen: options.listen, admitted: new Set(others) });
  const protocol = `/quorate/1/${options.configDigest.slice(2, 18)}`;
  const links = createLinks(options, deps);
  const stopping = new AbortController();

  await host.handle(protocol, (stream, connection) => acceptStream(stream, connection, { peerIds, links }), {
    maxInboundStreams: 2,
  });
  const dialing = peerIds.flatMap((peerId, member) => {
    if (member <= options.self) return [];
    const address = options.addresses.find((entry) => entry.endsWith(`/p2p/${peerId}`));
    if (address === undefined) {
      deps.log.warn({ member, peerId }, "no address for this member: add it to p2p.peers");
      return [];
    }
    return [keepDialing(host, { address, member, protocol, signal: stopping.signal }, { links, deps })];
  });
  deps.log.info(
    { addresses: host.getMultiaddrs().map(String), peerId: host.peerId.toString() },
    "listening for members",
  );

  return {
    send: (to, frame) => links.send(to, frame),
    broadcast: (frame) => peerIds.forEach((_, member) => member !== options.self && links.send(member, frame)),
    connected: () => links.connected(),
    penalise: (member) => links.penalise(member),
    async stop() {
      stopping.abort();
      links.closeAll();
      await host.stop();
      await Promise.all(dialing);
    },
  };
}

type Links = ReturnType<typeof createLinks>;

/** The open channel of each member. */
function createLinks(options: NetworkOptions, { clock, log, meter, events }: NetworkDeps) {
  const metrics = createP2pMetrics(meter);
  const channels = new Map<number, Channel>();
  const limits = options.peerKeys.map(() => createRateLimit(options.rate));

  /** A bug in what a frame sets off must not pass for the end of a channel. */
  function receive(member: number, frame: Uint8Array): void {
    metrics.frames.add(1, { direction: "in" });
    metrics.bytes.add(frame.length, { direction: "in" });
    try {
      events.onFrame(member, frame);
    } catch (error) {
      log.error({ member, error }, "handling a frame failed: this is a bug, please report it");
    }
  }

  async function attach(member: number, stream: Stream): Promise<void> {
    const limit = limits[member];
    if (limit === undefined) throw new RangeError(`no member ${member}`);
    channels.get(member)?.abort("replaced by a newer channel");
    const channel = openChannel(stream, options, {
      now: () => clock.now(),
      limit,
      onFrame: (frame) => receive(member, frame),
      onDropped: (reason) => metrics.dropped.add(1, { reason }),
    });
    channels.set(member, channel);
    metrics.connected.set(channels.size);
    log.info({ member }, "member connected");
    events.onConnected(member);
    await channel.closed;
    if (channels.get(member) !== channel) return;
    channels.delete(member);
    metrics.connected.set(channels.size);
    log.info({ member }, "member disconnected");
    events.onDisconnected(member);
  }

  return {
    attach,
    send(member: number, frame: Uint8Array): void {
      const channel = channels.get(member);
      if (channel === undefined) {
        metrics.dropped.add(1, { reason: "not-connected" });
        return;
      }
      metrics.frames.add(1, { direction: "out" });
      metrics.bytes.add(frame.length, { direction: "out" });
      channel.send(frame);
    },
    connected: () => [...channels.keys()].toSorted((a, b) => a - b),
    penalise: (member: number) => metrics.penalties.add(1, { member: String(member) }),
    closeAll: () => channels.forEach((channel) => channel.abort("stopping")),
  };
}

function acceptStream(
  stream: Stream,
  connection: Connection,
  { peerIds, links }: { peerIds: readonly string[]; links: Links },
): void {
  const member = peerIds.indexOf(connection.remotePeer.toString());
  if (member < 0) stream.abort(new Error("not a member"));
  else void links.attach(member, stream);
}

interface Dialing {
  readonly address: string;
  readonly member: number;
  readonly protocol: string;
  readonly signal: AbortSignal;
}

/** Holds a channel to one member open for as long as the node runs. */
async function keepDialing(
  host: Libp2p,
  { address, member, protocol, signal }: Dialing,
  { links, deps }: { links: Links; deps: NetworkDeps },
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]);
      const stream = await host.dialProtocol(multiaddr(address), protocol, { signal: timeout });
      const opened = deps.clock.now();
      await links.attach(member, stream);
      failures = deps.clock.now() - opened > STABLE_AFTER_MS ? 0 : failures + 1;
    } catch (error) {
      failures += 1;
      deps.log.debug({ member, address, failures, error }, "member not reached");
    }
    const delay = RECONNECT_DELAYS_MS[Math.min(failures, RECONNECT_DELAYS_MS.length - 1)] ?? 0;
    await deps.clock.sleep(delay, signal);
  }
}

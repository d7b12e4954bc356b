import type { Connection, Ed25519PrivateKey, Libp2p, Stream } from "@libp2p/interface";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Hex } from "../../core/types/hex.ts";
import { keepConnected } from "./dialling.ts";
import { startHost } from "./libp2p-host.ts";
import type { MemberLimits } from "./limits.ts";
import { createLinks, type Links } from "./links.ts";
import { createP2pMetrics, type P2pMetrics } from "./metrics.ts";
import { type Committee, createPeerBook, type PeerBook } from "./peer-book.ts";
import { peerIdOf } from "./peer-id.ts";
import { excessPoints } from "./peer-score.ts";
import { createRateLimit } from "./rate-limit.ts";

export interface TransportOptions {
  readonly privateKey: Ed25519PrivateKey;
  /** Multiaddr to listen on. */
  readonly listen: string;
}

export interface TransportDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Of [0, 1): spreads attempts over time, nothing else. */
  readonly random: () => number;
}

export interface NetworkOptions {
  /** This node's committee index. */
  readonly self: number;
  /** Ed25519 public keys of all members, in committee order. */
  readonly peerKeys: readonly Hex[];
  /** Multiaddrs of members, each ending in /p2p/<peer id>. A member without one must dial us. */
  readonly addresses: readonly string[];
  /** Separates the channels of different configurations. */
  readonly configDigest: Hex;
  /** Faulty members that the committee tolerates: no more are ever refused at once. */
  readonly f: number;
  /** See `memberLimits`. */
  readonly limits: MemberLimits;
}

/** One libp2p host for all the committees that a node is in at a time. */
export interface Transport {
  readonly peerId: string;
  /** Multiaddrs that it listens on, with the peer id. */
  readonly addresses: readonly string[];
  /** Channels to the members of one configuration; the network's `stop` leaves it. A configuration is joined once at a time. */
  join(options: NetworkOptions, events: NetworkEvents): Promise<Network>;
  /** A peer's standing now, 0 … 100; 0 for one that is refused for a while. */
  scoreOf(peerId: string): number;
  stop(): Promise<void>;
}

/** Two streams of a member may be open at once, while they cross or one replaces the other. */
const STREAMS_PER_COMMITTEE = 2;
/** New streams of one member: its pauses between attempts allow some six in the first seconds, and one in ten later. */
const NEW_STREAMS = { burst: 16, perSecond: 1 };
/** Time heals scores; the metrics follow this often. */
const SCORE_REPORT_MS = 10_000;

/** @throws QuorateError<ListenError> */
export async function createTransport(options: TransportOptions, deps: TransportDeps): Promise<Transport> {
  const { clock, log } = deps;
  const metrics = createP2pMetrics(deps.meter);
  const book = createPeerBook({ now: () => clock.now(), log, metrics });
  const host = await startHost({ ...options, admits: (peerId) => book.admits(peerId) });
  const networks = new Map<string, JoinedNetwork>();
  const reportConnected = (): void => metrics.connected.set([...networks.values()].at(-1)?.connected().length ?? 0);
  const cancelReports = repeat(clock, SCORE_REPORT_MS, () => {
    book.report();
    const connections = host.getConnections();
    metrics.connections.set(connections.length);
    metrics.streams.set(connections.reduce((sum, { streams }) => sum + streams.length, 0));
  });
  const addresses = host.getMultiaddrs().map(String);
  log.info({ addresses, peerId: host.peerId.toString() }, "listening for members");

  return {
    peerId: host.peerId.toString(),
    addresses,
    async join(network, events) {
      const protocol = protocolOf(network.configDigest);
      if (networks.has(protocol)) throw new RangeError(`${network.configDigest} is joined already`);
      const onLeft = (): void => {
        networks.delete(protocol);
        reportConnected();
      };
      const parts: Parts = { ...deps, host, book, metrics, events, reportConnected, onLeft };
      const joined = createNetwork({ ...network, protocol }, parts);
      networks.set(protocol, joined);
      await joined.start();
      return joined;
    },
    scoreOf: (peerId) => book.scoreOf(peerId),
    async stop() {
      cancelReports();
      for (const network of networks.values()) await network.stop();
      await host.stop();
    },
  };
}

/** The protocol that members of one configuration speak. */
export function protocolOf(configDigest: Hex): string {
  return `/quorate/2/${configDigest.slice(2, 18)}`;
}

interface JoinedNetwork extends Network {
  start(): Promise<void>;
}

interface Parts extends TransportDeps {
  readonly host: Libp2p;
  readonly book: PeerBook;
  readonly metrics: P2pMetrics;
  readonly events: NetworkEvents;
  readonly reportConnected: () => void;
  readonly onLeft: () => void;
}

function createNetwork(options: NetworkOptions & { protocol: string }, parts: Parts): JoinedNetwork {
  const { self, f, limits, protocol } = options;
  const { host, book, metrics, log } = parts;
  const peerIds = options.peerKeys.map(peerIdOf);
  const peerOf = (member: number): string => peerIds[member] ?? "";
  const name = options.configDigest.slice(2, 10);
  const pointsOfExcess = excessPoints(limits.frames.perSecond);
  const links: Links = createLinks(
    { self, size: peerIds.length, limits },
    {
      ...parts,
      onFault: (member, fault) => book.blame(peerOf(member), fault),
      onExcess: (member) => book.takePoints(peerOf(member), pointsOfExcess, "excess"),
      onCountChanged: parts.reportConnected,
    },
  );
  const committee: Committee = {
    ...{ name, peerIds, f },
    onRefused(peerId) {
      links.close(peerIds.indexOf(peerId), "refused for a while");
      closeConnections(host, [peerId]);
    },
  };
  const leaving = new AbortController();
  let dialling: Promise<void>[] = [];

  return {
    async start() {
      book.add(committee);
      const accept = createAcceptance({ peerIds, links, signal: leaving.signal }, parts);
      await host.handle(protocol, accept, { maxInboundStreams: STREAMS_PER_COMMITTEE });
      dialling = startDialling({ ...options, peerIds, signal: leaving.signal }, { ...parts, links });
    },
    send: (to, frame) => links.send(to, frame),
    broadcast: (frame) => peerIds.forEach((_, member) => member !== self && links.send(member, frame)),
    connected: () => links.connected(),
    penalise(member) {
      metrics.penalties.add(1, { committee: name, member: String(member) });
      book.blame(peerOf(member), "reject");
    },
    async stop() {
      if (leaving.signal.aborted) return;
      leaving.abort();
      parts.onLeft();
      await host.unhandle(protocol);
      links.closeAll("leaving the committee");
      const unneeded = book.remove(committee);
      closeConnections(host, unneeded);
      await Promise.all(dialling);
      log.debug({ committee: name }, "left the committee");
    },
  };
}

interface Accepting {
  readonly peerIds: readonly string[];
  readonly links: Links;
  readonly signal: AbortSignal;
}

/** Takes the streams that members open: one after the other, and not over and over. */
function createAcceptance({ peerIds, links, signal }: Accepting, { clock, book }: Parts) {
  const newStreams = peerIds.map(() => createRateLimit(NEW_STREAMS));
  return (stream: Stream, { remotePeer }: Connection): void => {
    const peerId = remotePeer.toString();
    const member = peerIds.indexOf(peerId);
    if (member < 0 || signal.aborted) {
      stream.abort(new Error("not a member"));
    } else if (newStreams[member]?.take(clock.now()) === true) {
      void links.attach(member, stream, member);
    } else {
      stream.abort(new Error("too many streams"));
      book.blame(peerId, "streams");
    }
  };
}

interface DiallingAll extends Pick<NetworkOptions, "self" | "addresses"> {
  readonly protocol: string;
  readonly peerIds: readonly string[];
  readonly signal: AbortSignal;
}

/** One loop for each member whose address is known. */
function startDialling(
  { self, addresses, protocol, peerIds, signal }: DiallingAll,
  parts: Parts & { links: Links },
): Promise<void>[] {
  return peerIds.flatMap((peerId, member) => {
    if (member === self) return [];
    const known = addresses.filter((address) => address.endsWith(`/p2p/${peerId}`));
    if (known.length === 0) {
      parts.log.warn({ member, peerId }, "no address for this member: it must dial us, or add it to p2p.peers");
      return [];
    }
    const deps = { ...parts, refusedFor: () => parts.book.refusedFor(peerId) };
    return [keepConnected({ self, member, addresses: known, protocol, signal }, deps)];
  });
}

function closeConnections(host: Libp2p, peerIds: readonly string[]): void {
  for (const connection of host.getConnections())
    if (peerIds.includes(connection.remotePeer.toString())) connection.abort(new Error("not needed any more"));
}

/** Calls back at every interval until the returned function is called. */
function repeat(clock: Clock, intervalMs: number, callback: () => void): () => void {
  let cancel = (): void => undefined;
  const schedule = (): void => {
    cancel = clock.wakeAt(clock.now() + intervalMs, () => {
      callback();
      schedule();
    });
  };
  schedule();
  return () => cancel();
}

import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Hex } from "../../core/types/hex.ts";
import { keepConnected } from "./dialling.ts";
import type { MemberLimits } from "./limits.ts";
import { createLinks, type Links } from "./links.ts";
import type { P2pMetrics } from "./metrics.ts";
import type { Committee, PeerBook } from "./peer-book.ts";
import { peerIdOf } from "./peer-id.ts";
import { excessPoints } from "./peer-score.ts";
import { createRateLimit } from "./rate-limit.ts";

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

/** Two streams of a member may be open at once, while they cross or one replaces the other. */
const STREAMS_PER_COMMITTEE = 2;
/** New streams of one member: its pauses between attempts allow some six in the first seconds, and one in ten later. */
const NEW_STREAMS = { burst: 16, perSecond: 1 };

/** The channels to the members of one committee, on a host that others share. */
export interface JoinedNetwork extends Network {
  readonly limits: MemberLimits;
  start(): Promise<void>;
}

/** What the committees of a host share, and whom one of them tells. */
export interface NetworkParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Of [0, 1). */
  readonly random: () => number;
  readonly host: Libp2p;
  readonly book: PeerBook;
  readonly metrics: P2pMetrics;
  readonly events: NetworkEvents;
  readonly reportConnected: () => void;
  readonly onLeft: () => void;
}

export function createNetwork(options: NetworkOptions & { protocol: string }, parts: NetworkParts): JoinedNetwork {
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
    limits,
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
function createAcceptance({ peerIds, links, signal }: Accepting, { clock, book }: NetworkParts) {
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
  parts: NetworkParts & { links: Links },
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

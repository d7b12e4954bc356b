import type { Ed25519PrivateKey } from "@libp2p/interface";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Hex } from "../../core/types/hex.ts";
import { createNetwork, type JoinedNetwork, type NetworkOptions, type NetworkParts } from "./committee-network.ts";
import { createFaultLog } from "./fault-log.ts";
import { startHost } from "./libp2p-host.ts";
import { connectionLimits } from "./limits.ts";
import { createP2pMetrics } from "./metrics.ts";
import { createPeerBook } from "./peer-book.ts";

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

/** Time heals scores; the metrics follow this often. */
const SCORE_REPORT_MS = 10_000;

/** @throws QuorateError<ListenError> */
export async function createTransport(options: TransportOptions, deps: TransportDeps): Promise<Transport> {
  const { clock, log } = deps;
  const metrics = createP2pMetrics(deps.meter);
  const book = createPeerBook({ now: () => clock.now(), log, metrics });
  const networks = new Map<string, JoinedNetwork>();
  let bounds = connectionLimits([]);
  const now = (): number => clock.now();
  const logFault = createFaultLog(log, now);
  const host = await startHost(
    { ...options, limits: () => bounds },
    {
      ...{ now, admits: (peerId) => book.admits(peerId) },
      onFault(peerId, fault) {
        logFault({ peerId, fault });
        book.blame(peerId, fault);
      },
      onHandshakeFault() {
        logFault({ fault: "handshake" });
        metrics.faults.add(1, { fault: "handshake" });
      },
    },
  );
  const bound = (): void => void (bounds = connectionLimits([...networks.values()].map(({ limits }) => limits)));
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
        bound();
        reportConnected();
      };
      const parts: NetworkParts = { ...deps, host, book, metrics, events, reportConnected, onLeft };
      const joined = createNetwork({ ...network, protocol }, parts);
      networks.set(protocol, joined);
      bound();
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
function protocolOf(configDigest: Hex): string {
  return `/quorate/2/${configDigest.slice(2, 18)}`;
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

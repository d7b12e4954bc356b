import { frameBytes } from "../../core/consensus/wire.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainConfiguration, Committees } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Meter } from "../../core/ports/meter.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ChainError } from "../chain/chain-error.ts";
import { readChainId } from "../chain/chain-id.ts";
import { readConfiguration, readConfigurationOf } from "../chain/chain-reader.ts";
import { startCommitteeWatcher } from "../chain/committee-watcher.ts";
import { type ChainConnection, connectChain } from "../chain/connect.ts";
import { createEndpoint } from "../chain/endpoint.ts";
import { createChainMetrics } from "../chain/metrics.ts";
import { isMultiaddr, startFinalSubscription } from "../p2p/final-subscription.ts";
import { systemClock } from "./system-clock.ts";
import { createFinalJudge, type FinalJudge, type WatchedFinal } from "./watched-finals.ts";

export type WatchError =
  | { readonly code: "chain-unreachable"; readonly rpc: string }
  | { readonly code: "registry-unusable"; readonly registry: Hex }
  | { readonly code: "peer-malformed"; readonly peer: string }
  | { readonly code: "peers-unreachable"; readonly peers: readonly string[] };

export interface WatchOptions {
  readonly rpc: string;
  readonly registry: Hex;
  /** Default: what the endpoint says. The configuration's digest binds it. */
  readonly chainId?: number;
  /** Multiaddrs at which nodes publish finals. */
  readonly peers: readonly string[];
  /** Abandons a start that still waits. */
  readonly signal?: AbortSignal;
}

/** A configuration whose finals are taken now. */
export interface WatchedCommittee {
  readonly configDigest: Hex;
  readonly index: number;
  readonly n: number;
  readonly f: number;
  readonly feeds: number;
}

/** What came that is no new final, counted. */
export interface WatchRefusals {
  readonly forged: number;
  readonly stale: number;
  /** From somebody who may not publish, or more than members publish. */
  readonly foreign: number;
}

export interface WatchEvents {
  /** Verified completely. `isConflict`: the slot has another final report already, and both are valid. */
  onFinal(final: WatchedFinal, context: { isConflict: boolean; refusals: WatchRefusals }): void;
  onRefused(reason: string, refusals: WatchRefusals): void;
  onCommittees(committees: readonly WatchedCommittee[]): void;
  onPeers(connected: readonly string[]): void;
}

export interface WatchDeps {
  readonly log: Log;
  readonly events: WatchEvents;
  readonly clock?: Clock;
}

export interface RunningWatch {
  stop(): Promise<void>;
}

/** A watcher gives up on an endpoint, or on all of its peers, that did not answer once within this time. */
const PATIENCE_MS = 15_000;
const POLL_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Watches a committee agree, read-only and without keys: its configuration comes from the chain, its finals from any of
 * its members, and every final is verified completely before it is told.
 * @throws QuorateError<WatchError>, or the chain's own errors
 */
export async function startWatch(
  options: WatchOptions,
  { log, events, clock = systemClock }: WatchDeps,
): Promise<RunningWatch> {
  options.peers.forEach(requireMultiaddr);
  const connection = await connect(options, { log, clock });
  const { provider } = connection;
  const stops: (() => Promise<void> | void)[] = [() => connection.stop()];
  let isOver = false;
  const stop = async (): Promise<void> => {
    isOver = true;
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const active = await activeConfiguration(options.registry, connection);
    const inspection = createInspection({ registry: options.registry }, { connection, log, events });
    const reached = createFirstContact(options.peers);
    const subscription = await startFinalSubscription(options, {
      ...{ clock, log, random: Math.random },
      onFinal: (configDigest, bytes) => inspection.inspect(configDigest, bytes),
      onRefused: (reason) => inspection.refuse(reason),
      onPeers(connected) {
        if (connected.length > 0) reached.note();
        if (!isOver) events.onPeers(connected);
      },
      onUnreachable: (peer, reason) => log.warn({ peer, reason }, "no answer from this peer; trying again"),
    });
    stops.push(() => subscription.stop());
    const watcher = startCommitteeWatcher(
      { registry: options.registry, hub: active.hub, pollMs: POLL_MS },
      { provider, clock, log, events: { onCommittees: (now) => void inspection.follow(now, subscription) } },
    );
    stops.push(() => watcher.stop());
    await reached.within(clock, options.signal);
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function requireMultiaddr(peer: string): void {
  if (isMultiaddr(peer)) return;
  throw new QuorateError<WatchError>(
    { code: "peer-malformed", peer },
    `${peer} is no multiaddr such as /ip4/192.0.2.1/tcp/9041: check --peer`,
  );
}

async function connect(
  { rpc, chainId, signal }: WatchOptions,
  { log, clock }: { log: Log; clock: Clock },
): Promise<ChainConnection> {
  const metrics = createChainMetrics(NO_METER);
  const endpoint = createEndpoint({ url: rpc, index: 0, timeoutMs: REQUEST_TIMEOUT_MS }, { clock, metrics });
  const id = chainId ?? (await readChainId(endpoint));
  if (id === undefined) throw unreachableChain(rpc);
  const patience = new AbortController();
  const giveUp = clock.wakeAt(clock.now() + PATIENCE_MS, () => patience.abort(unreachableChain(rpc)));
  const either = signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]);
  try {
    return await connectChain({ rpc: [rpc], chainId: id, signal: either }, { clock, log, metrics });
  } finally {
    giveUp();
  }
}

function unreachableChain(rpc: string): QuorateError<WatchError> {
  const { origin } = new URL(rpc);
  return new QuorateError<WatchError>(
    { code: "chain-unreachable", rpc: origin },
    `${origin} does not answer as a chain: check --rpc`,
  );
}

async function activeConfiguration(registry: Hex, { provider }: ChainConnection): Promise<ChainConfiguration> {
  try {
    return await readConfiguration({ registry }, { provider });
  } catch (cause) {
    if (!isNoRegistry(cause)) throw cause;
    throw new QuorateError<WatchError>(
      { code: "registry-unusable", registry },
      `there is no committee registry at ${registry} on this chain: check --registry and --rpc`,
      { cause },
    );
  }
}

function isNoRegistry(error: unknown): boolean {
  if (!(error instanceof QuorateError)) return false;
  const { code } = error as QuorateError<ChainError>;
  return code === "contract-without-code" || code === "contract-unknown";
}

/** Judges what comes, by the configurations that are in force. */
function createInspection(
  { registry }: { registry: Hex },
  { connection, log, events }: { connection: ChainConnection; log: Log; events: WatchEvents },
) {
  const judges = new Map<Hex, { chain: ChainConfiguration; judge: FinalJudge }>();
  let refusals: WatchRefusals = { forged: 0, stale: 0, foreign: 0 };
  let newestOnChain = 0n;
  /** One after the other: a later look at the chain must not be overtaken by an earlier one. */
  let following: Promise<void> = Promise.resolve();

  function count(kind: keyof WatchRefusals, reason: string): void {
    refusals = { ...refusals, [kind]: refusals[kind] + 1 };
    events.onRefused(reason, refusals);
  }

  async function take({ statuses, lastSequence }: Committees, subscription: Subscription): Promise<void> {
    newestOnChain = lastSequence;
    const inForce = statuses.filter(({ state }) => state === "active" || state === "retired");
    for (const { digest } of inForce) {
      if (judges.has(digest)) continue;
      const chain = await readConfigurationOf({ registry, digest }, connection);
      judges.set(digest, { chain, judge: createFinalJudge(chain) });
    }
    for (const digest of judges.keys()) if (!inForce.some((status) => status.digest === digest)) judges.delete(digest);
    const chains = [...judges.values()].map(({ chain }) => chain);
    subscription.follow(
      chains.map(({ digest, configuration: { members, f, lanes } }) => ({
        configDigest: digest,
        peerKeys: members.map(({ peerKey }) => peerKey),
        maxFinalBytes: frameBytes("final", { n: members.length, f, lanes }),
      })),
    );
    events.onCommittees(chains.map(watchedCommittee));
  }

  return {
    follow(committees: Committees, subscription: Subscription): Promise<void> {
      following = following
        .then(() => take(committees, subscription))
        .catch((error: unknown) => log.warn({ error }, "a configuration cannot be read; trying again"));
      return following;
    },
    inspect(configDigest: Hex, bytes: Uint8Array): void {
      const judgement = judges.get(configDigest)?.judge.judge(bytes, newestOnChain);
      if (judgement === undefined) count("foreign", "not in force");
      else if (judgement.kind === "forged") count("forged", judgement.code);
      else if (judgement.kind === "stale") count("stale", "stale");
      else if (judgement.kind !== "duplicate")
        events.onFinal(judgement.final, { isConflict: judgement.kind === "conflict", refusals });
    },
    refuse: (reason: string) => count("foreign", reason),
  };
}

type Subscription = Awaited<ReturnType<typeof startFinalSubscription>>;

function watchedCommittee({
  digest,
  configuration: { index, members, f, feeds },
}: ChainConfiguration): WatchedCommittee {
  return { configDigest: digest, index, n: members.length, f, feeds: feeds.length };
}

/** Tells a start whether any peer answered in time. Later losses are mended by trying again. */
function createFirstContact(peers: readonly string[]) {
  const contact = new AbortController();
  return {
    note: () => contact.abort(),
    async within(clock: Clock, signal?: AbortSignal): Promise<void> {
      const either = signal === undefined ? contact.signal : AbortSignal.any([contact.signal, signal]);
      await clock.sleep(PATIENCE_MS, either);
      signal?.throwIfAborted();
      if (contact.signal.aborted) return;
      throw new QuorateError<WatchError>(
        { code: "peers-unreachable", peers },
        `no finals are published at ${peers.join(", ")}: check --peer; a node publishes where its p2p.publish.listen says`,
      );
    },
  };
}

/** A command has no metrics. */
const NO_METER: Meter = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined }),
};

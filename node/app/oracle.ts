import type { DatabaseSync } from "node:sqlite";
import { FRESH_RECORD, type ProtocolRecord } from "../../core/consensus/oracle.ts";
import type { ProtocolContext } from "../../core/consensus/protocol.ts";
import { prepareQuorum } from "../../core/consensus/quorum.ts";
import { maxFrameBytes } from "../../core/consensus/wire.ts";
import { overdueMask } from "../../core/feeds/due.ts";
import { createMedianReporting } from "../../core/feeds/median-reporting.ts";
import type { Network, NetworkEvents } from "../../core/ports/network.ts";
import type { Observer } from "../../core/ports/observer.ts";
import type { ProtocolStore, StoredProtocol } from "../../core/ports/protocol-store.ts";
import type { StoredFeed } from "../../core/types/chain.ts";
import { createChainReader, readConfiguration } from "../chain/chain-reader.ts";
import { type ChainWatcher, startChainWatcher } from "../chain/chain-watcher.ts";
import { createChainWriter } from "../chain/chain-writer.ts";
import { connectChain } from "../chain/connect.ts";
import type { NodeIdentity } from "../keys/identity.ts";
import { createProtocolCrypto } from "../keys/protocol-crypto.ts";
import { startNetwork } from "../p2p/libp2p-network.ts";
import { createRoundMetrics, type RoundMetrics } from "../rounds/metrics.ts";
import { createProtocolRunner, type ProtocolRunner } from "../rounds/protocol-runner.ts";
import type { Proving } from "../rounds/proving.ts";
import { createTransmitter, type Transmitter } from "../rounds/transmitter.ts";
import { createProtocolStore } from "../storage/protocol-store.ts";
import { createTransmissionStore } from "../storage/transmission-store.ts";
import { findMember } from "./membership.ts";
import { startObserver } from "./observer.ts";
import type { Membership, OracleView, Platform } from "./platform.ts";
import { startProving } from "./proving.ts";
import { startTracer } from "./tracing.ts";

/** Seams for composing a node otherwise, e.g. a faulty one in a test. */
export interface OracleOverrides {
  decorateObserver?(observer: Observer): Observer;
}

/** Frames that an honest member sends at once (an epoch change, a reconnection) and per round (seven kinds of message). */
const FRAME_BURST = 128;
const FRAMES_PER_ROUND = 16;
const MIN_FRAMES_PER_SECOND = 16;
/** About the time that proving a report may take, in blocks of the fastest chains. */
const LOOK_BACK_BLOCKS = 64;

/** Finds the chain, the active committee, and this node's place in it. */
export async function joinCommittee(
  { config, clock, log, lifecycle, configReads }: Platform,
  identity: NodeIdentity,
): Promise<Membership> {
  const provider = await connectChain({ ...config.chain, signal: lifecycle.signal }, { clock, log });
  lifecycle.onStop("chain", () => provider.destroy());
  const chain = await configReads.timed("committee", () =>
    readConfiguration({ registry: config.chain.registry }, { provider }),
  );
  return { chain, provider, identity, self: findMember(chain.configuration, identity.member) };
}

/** Starts all that takes part in rounds: fetchers, protocol, channels to the members, transmission, proofs. */
export async function startOracle(
  platform: Platform,
  { membership, database }: { membership: Membership; database: DatabaseSync },
  overrides: OracleOverrides,
): Promise<OracleView> {
  const { lifecycle } = platform;
  const { chain, provider, identity } = membership;
  const feedIds = chain.configuration.feeds.map(({ id }) => id);
  const reader = createChainReader({ hub: chain.hub, feedIds }, { provider });
  const writer = createChainWriter(
    { hub: chain.hub, transmitterKey: identity.secrets.transmitter },
    { provider, clock: platform.clock, log: platform.log, signal: lifecycle.signal },
  );
  const store = createProtocolStore({ configDigest: chain.digest, lanes: chain.configuration.lanes }, { database });
  lifecycle.onStop("protocol store", () => store.flush());
  const metrics = createRoundMetrics(platform.meter);
  const parts: Parts = { reader, writer, store, metrics };

  const tracer = await startTracer(platform, membership.self);
  const observer = await startObserver(platform, membership, tracer);
  const proving = await startProving(platform, membership, parts);
  const transmitter = startTransmitter(platform, membership, { ...parts, database });
  const runner = createRunner(platform, membership, {
    ...parts,
    transmitter,
    observer: overrides.decorateObserver?.(observer) ?? observer,
  });
  const network = await startMemberNetwork(platform, membership, runner);
  const { watcher, feeds } = startWatcher(platform, membership, { reader, runner, proving });
  lifecycle.onStop("rounds", () => runner.stop());
  runner.start(network);
  transmitter.resume();
  // A crash may fall between the final report and the note that it is to be sent.
  for (const final of store.recentFinals(1)) transmitter.accept(final);
  return viewOf(platform, membership, { store, runner, network, watcher, feeds });
}

interface Parts {
  readonly reader: ReturnType<typeof createChainReader>;
  readonly writer: ReturnType<typeof createChainWriter>;
  readonly store: ProtocolStore;
  readonly metrics: RoundMetrics;
}

function startTransmitter(
  { clock, log, lifecycle }: Platform,
  { chain, self }: Membership,
  parts: Parts & { database: DatabaseSync },
): Transmitter {
  const transmissions = createTransmissionStore({ configDigest: chain.digest }, parts);
  const transmitter = createTransmitter(
    { configuration: chain.configuration, configDigest: chain.digest, self },
    { ...parts, transmissions, clock, log },
  );
  lifecycle.onStop("transmitter", () => transmitter.stop());
  return transmitter;
}

function createRunner(
  { clock, log, journal }: Platform,
  membership: Membership,
  { store, metrics, transmitter, observer }: Parts & { transmitter: Transmitter; observer: Observer },
): ProtocolRunner {
  const { lanes } = membership.chain.configuration;
  return createProtocolRunner(
    { context: contextOf(membership), record: recordOf(store.load()), lanes },
    {
      ...{ store, clock, log, metrics, observer },
      onFinal: (final) => transmitter.accept(final),
      onStage(stage, sequence) {
        const { stages } = journal.stage(stage, sequence);
        metrics.stages.observe((clock.timeOfDay() - Math.min(...Object.values(stages))) / 1000, { stage });
      },
    },
  );
}

async function startMemberNetwork(
  { config, clock, log, meter, lifecycle }: Platform,
  membership: Membership,
  events: NetworkEvents,
): Promise<Network> {
  const { chain, identity, self } = membership;
  const { members, lanes, timing } = chain.configuration;
  const { size } = contextOf(membership);
  const network = await startNetwork(
    {
      ...{
        self,
        configDigest: chain.digest,
        privateKey: identity.peerPrivateKey,
        listen: config.p2p.listen,
        addresses: config.p2p.peers,
      },
      peerKeys: members.map(({ peerKey }) => peerKey),
      maxFrameBytes: maxFrameBytes({ ...size, lanes }),
      rate: {
        burst: FRAME_BURST,
        perSecond: Math.max(MIN_FRAMES_PER_SECOND, (FRAMES_PER_ROUND * 1000) / timing.deltaRound),
      },
    },
    { clock, log, meter, events },
  );
  lifecycle.onStop("network", () => network.stop());
  return network;
}

interface WatcherDeps extends Pick<Parts, "reader"> {
  readonly runner: ProtocolRunner;
  readonly proving: Proving | undefined;
}

function startWatcher(
  { config, clock, log, journal, lifecycle }: Platform,
  { chain, provider }: Membership,
  { reader, runner, proving }: WatcherDeps,
) {
  let feeds: readonly StoredFeed[] = [];
  const { configuration, digest: configDigest, hub } = chain;
  const watcher = startChainWatcher(
    { hub, configDigest, pollMs: config.chain.pollMs, lookBack: LOOK_BACK_BLOCKS },
    {
      ...{ provider, reader, clock, log },
      events: {
        onTransmitted(report) {
          journal.publish("transmitted", report.sequence, { txHash: report.txHash, index: report.index.toString() });
          proving?.accept(report);
        },
        onProven: (report) => journal.publish("proven", report.sequence, { txHash: report.txHash }),
        onFeeds(stored) {
          feeds = stored;
          runner.onDue(overdueMask({ specs: configuration.feeds, stored, now: Math.floor(clock.timeOfDay() / 1000) }));
        },
      },
    },
  );
  lifecycle.onStop("chain watcher", () => watcher.stop());
  return { watcher, feeds: () => feeds };
}

interface ViewDeps {
  readonly store: ProtocolStore;
  readonly runner: ProtocolRunner;
  readonly network: Network;
  readonly watcher: ChainWatcher;
  readonly feeds: () => readonly StoredFeed[];
}

function viewOf(
  { config }: Platform,
  membership: Membership,
  { store, runner, network, watcher, feeds }: ViewDeps,
): OracleView {
  const { chain, identity, self } = membership;
  const needed = prepareQuorum(contextOf(membership).size);
  return {
    finalOf: (sequence) => store.finalOf(sequence),
    unreadyReasons() {
      const reachable = network.connected().length + 1;
      return [
        ...(watcher.healthy() ? [] : ["the chain cannot be read"]),
        ...(runner.healthy() ? [] : ["the database cannot be written"]),
        ...(reachable >= needed ? [] : [`${reachable} of ${needed} members needed for a round are connected`]),
      ];
    },
    status: () => ({
      ...{ peerId: identity.peerId, self, ...identity.member, dataDirectory: config.dataDirectory },
      ...{ configDigest: chain.digest, hub: chain.hub, blockNumber: watcher.blockNumber(), feeds: feeds() },
      ...{ ...runner.status(), connected: network.connected() },
    }),
  };
}

function contextOf({ chain, identity, self }: Membership): ProtocolContext {
  const { configuration, digest: configDigest, hub, chainId } = chain;
  const domain = { chainId, hub };
  return {
    size: { n: configuration.members.length, f: configuration.f },
    ...{ self, configDigest, configIndex: configuration.index, timing: configuration.timing },
    plugin: createMedianReporting({ configuration, configDigest, domain }),
    crypto: createProtocolCrypto({ domain, configDigest, members: configuration.members }, identity),
  };
}

function recordOf({ epoch, highest, lastFinal }: StoredProtocol): ProtocolRecord {
  return {
    epoch: epoch ?? FRESH_RECORD.epoch,
    bindings: { observed: highest.observation, prepared: highest.prepare, signed: highest.signature },
    lastFinal,
  };
}

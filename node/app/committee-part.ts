import { prepareQuorum } from "../../core/consensus/quorum.ts";
import type { ChainEvents, ChainReader, RecordedReport } from "../../core/ports/chain.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { StoredFeed } from "../../core/types/chain.ts";
import { createChainReader } from "../chain/chain-reader.ts";
import { type ChainWatcher, startChainWatcher } from "../chain/chain-watcher.ts";
import { peerIdOf } from "../p2p/peer-id.ts";
import type { Proving } from "../rounds/proving.ts";
import { createProtocolStore } from "../storage/protocol-store.ts";
import { type CommitteeRounds, startCommitteeRounds } from "./committee-rounds.ts";
import type { CommitteeInstance, CommitteeView, StartInstanceOptions } from "./committees/instance.ts";
import { createEvidenceBook } from "./evidence-book.ts";
import { createLifecycle } from "./lifecycle.ts";
import type { Membership, Platform } from "./platform.ts";
import type { SharedParts } from "./shared-parts.ts";
import { createCommitteeProving } from "./proving.ts";

/** About the time that proving a report may take, in blocks of the fastest chains. */
const LOOK_BACK_BLOCKS = 64;

interface Parts {
  readonly reader: ChainReader;
  readonly store: ProtocolStore;
}

/** What comes later than the parts that call on it. */
interface Later {
  rounds: CommitteeRounds | undefined;
  proving: Proving | undefined;
  feeds: readonly StoredFeed[];
}

/** Starts all that this node does for one committee; with `rounds: false` it proves what is on the chain, and no more. */
export async function startCommitteePart(
  platform: Platform,
  shared: SharedParts,
  { membership, rounds, signal }: StartInstanceOptions & { membership: Membership },
): Promise<CommitteeInstance> {
  const { database, connection, hub, metrics } = shared;
  const { configuration, digest: configDigest } = membership.chain;
  const feedIds = configuration.feeds.map(({ id }) => id);
  const reader = createChainReader({ hub, feedIds }, connection);
  const store = createProtocolStore({ configDigest, lanes: configuration.lanes }, { ...platform, database });
  const evidence = createEvidenceBook(
    { committee: configuration.index, known: store.evidence() },
    { ...platform, metrics },
  );
  const later: Later = { rounds: undefined, proving: undefined, feeds: [] };
  const lifecycle = createLifecycle(platform);
  const parts = { membership, reader, store };
  try {
    later.proving = await createCommitteeProving(platform, shared, {
      ...parts,
      onMissing: (report) => later.rounds?.runner.onMissing(report),
    });
    lifecycle.onStop("proving", () => later.proving?.stop());
    signal.throwIfAborted();
    if (rounds) {
      const onRecovered: Proving["onRecovered"] = (final) => later.proving?.onRecovered(final);
      later.rounds = await startCommitteeRounds(platform, shared, { ...parts, evidence, onRecovered, signal });
      lifecycle.onStop("rounds", () => later.rounds?.stop({ abandon: false }));
    }
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
  const watcher = startWatcher(platform, shared, { ...parts, later });
  lifecycle.onStop("chain watcher", () => watcher.stop());
  return {
    view: viewOf(shared, { ...parts, later, watcher }),
    settle: async () => later.rounds?.stop({ abandon: true }),
    async stop({ abandon }) {
      // Before all else, and in this very turn: nothing leaves any more.
      const abandoned = abandon ? [later.rounds?.stop({ abandon }), later.proving?.stop()] : [];
      await Promise.all([...abandoned, lifecycle.stop()]);
    },
  };
}

function startWatcher(
  platform: Platform,
  { hub, connection }: SharedParts,
  { membership, reader, ...deps }: Parts & { membership: Membership; later: Later },
): ChainWatcher {
  const { config, clock, log } = platform;
  const events = watcherEvents(platform, deps);
  return startChainWatcher(
    { hub, configIndex: membership.chain.configuration.index, pollMs: config.chain.pollMs, lookBack: LOOK_BACK_BLOCKS },
    { provider: connection.provider, reader, clock, log, events },
  );
}

function watcherEvents({ journal }: Platform, { store, later }: Pick<Parts, "store"> & { later: Later }): ChainEvents {
  const isHeld = ({ sequence, digest }: RecordedReport) => store.finalOf(sequence)?.digest === digest;
  return {
    onTransmitted({ sequence, txHash }) {
      journal.publish("transmitted", sequence, { txHash });
    },
    onRecorded(report) {
      journal.publish("transmitted", report.sequence, { txHash: report.txHash, index: report.index.toString() });
      if (!isHeld(report)) later.rounds?.runner.onMissing(report);
      later.proving?.accept(report);
    },
    onProven(report) {
      journal.publish("proven", report.sequence, { txHash: report.txHash });
      later.proving?.onProven(report);
    },
    onReorganised(fromBlock) {
      later.rounds?.transmitter.onReorganised(fromBlock);
      later.proving?.onReorganised(fromBlock);
    },
    onFeeds(stored) {
      later.feeds = stored;
      later.rounds?.onFeeds(stored);
    },
  };
}

interface ViewDeps extends Pick<Parts, "store"> {
  readonly membership: Membership;
  readonly later: Later;
  readonly watcher: ChainWatcher;
}

function viewOf({ transport }: SharedParts, { membership, store, later, watcher }: ViewDeps): CommitteeView {
  const { chain, self } = membership;
  const { configuration, digest: configDigest, hub } = chain;
  const size = { n: configuration.members.length, f: configuration.f };
  const peerIds = configuration.members.map(({ peerKey }) => peerIdOf(peerKey));
  return {
    finalOf: (sequence) => store.finalOf(sequence),
    evidence: () => store.evidence(),
    unreadyReasons() {
      return [...(watcher.healthy() ? [] : ["the chain cannot be read"]), ...roundsReasons(later.rounds, size)];
    },
    status: () => ({
      ...{ configDigest, self, ...size, hub, blockNumber: watcher.blockNumber(), feeds: later.feeds },
      ...later.rounds?.runner.status(),
      connected: later.rounds?.network.connected() ?? [],
      scores: peerIds.map((peerId) => Math.round(transport.scoreOf(peerId))),
    }),
  };
}

function roundsReasons(rounds: CommitteeRounds | undefined, size: { n: number; f: number }): readonly string[] {
  if (rounds === undefined) return [];
  const needed = prepareQuorum(size);
  const reachable = rounds.network.connected().length + 1;
  return [
    ...(rounds.runner.healthy() ? [] : ["the database cannot be written"]),
    ...(rounds.runner.status().silent ? ["the memory of this committee was lost: silent until the others answer"] : []),
    ...(reachable >= needed ? [] : [`${reachable} of ${needed} members needed for a round are connected`]),
  ];
}

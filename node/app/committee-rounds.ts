import { type ChainMemory, memoryOf, type ProtocolRecord } from "../../core/consensus/memory.ts";
import type { ProtocolContext } from "../../core/consensus/protocol.ts";
import { overdueMask } from "../../core/feeds/due.ts";
import { createMedianReporting } from "../../core/feeds/median-reporting.ts";
import type { ChainReader } from "../../core/ports/chain.ts";
import type { Network } from "../../core/ports/network.ts";
import type { ProtocolStore } from "../../core/ports/protocol-store.ts";
import type { StoredFeed } from "../../core/types/chain.ts";
import type { Configuration } from "../../core/types/committee.ts";
import type { FinalReport } from "../../core/types/final.ts";
import { createProtocolCrypto } from "../keys/protocol-crypto.ts";
import { memberLimits } from "../p2p/limits.ts";
import { type MissingFeeds, watchMissingFeeds } from "../rounds/missing-feeds.ts";
import { createProtocolRunner, type ProtocolRunner } from "../rounds/protocol-runner.ts";
import { createTransmitter, type Transmitter } from "../rounds/transmitter.ts";
import { createTransmissionStore } from "../storage/transmission-store.ts";
import type { EvidenceBook } from "./evidence-book.ts";
import type { Membership, Platform } from "./platform.ts";
import type { SharedParts } from "./shared-parts.ts";

export interface CommitteeRoundsDeps {
  readonly reader: ChainReader;
  readonly store: ProtocolStore;
  readonly evidence: EvidenceBook;
  readonly onRecovered: (final: FinalReport) => void;
}

/** This node's part in a committee's rounds: protocol, channels to the members, transmission. */
export interface CommitteeRounds {
  readonly runner: ProtocolRunner;
  readonly network: Network;
  readonly transmitter: Transmitter;
  /** The feeds as the chain holds them now. */
  onFeeds(stored: readonly StoredFeed[]): void;
  /**
   * Nothing leaves after the call. With `abandon` what waits to be transmitted is never sent, else the next start takes it
   * up. May be called again, to abandon after all.
   */
  stop(options: { readonly abandon: boolean }): Promise<void>;
}

/** @throws whatever keeps this node from serving the configuration; the signal's reason if it is not wanted any more. */
export async function startCommitteeRounds(
  platform: Platform,
  shared: SharedParts,
  { membership, signal, ...deps }: CommitteeRoundsDeps & { membership: Membership; signal: AbortSignal },
): Promise<CommitteeRounds> {
  const { reader, store } = deps;
  const { configuration } = membership.chain;
  const lastSequence = await reader.lastSequence();
  const record = startingRecord({ ...shared, store }, { configIndex: configuration.index, lastSequence });
  const transmitter = createCommitteeTransmitter(platform, shared, { membership, ...deps });
  const due = createDueFeeds(platform, configuration);
  const missing = watchMissing(platform, shared, configuration);
  const runner = createRunner(platform, shared, { membership, record, transmitter, due, missing, ...deps });
  due.listen((mask) => runner.onDue(mask));
  const network = await joinMembers(platform, shared, { membership, runner });
  const rounds = assemble({ runner, network, transmitter, onFeeds: due.onFeeds }, missing);
  if (signal.aborted) await rounds.stop({ abandon: false });
  signal.throwIfAborted();
  runner.start(network);
  transmitter.resume();
  // A crash may fall between the final report and the note that it is to be sent.
  for (const final of store.recentFinals(1)) transmitter.accept(final);
  return rounds;
}

/** What the protocol starts with, by what this node stored, what the chain shows, and how old the database is. */
export function startingRecord(
  { memory, store }: Pick<SharedParts, "memory"> & { readonly store: Pick<ProtocolStore, "load"> },
  chain: Omit<ChainMemory, "neverTookPart">,
): ProtocolRecord {
  return memoryOf(store.load(), { ...chain, neverTookPart: memory.isOlderThan(chain.configIndex) });
}

function assemble(parts: Omit<CommitteeRounds, "stop">, missing: MissingFeeds): CommitteeRounds {
  const { runner, network, transmitter } = parts;
  let left: Promise<void> | undefined;
  return {
    ...parts,
    async stop({ abandon }) {
      // All three in the same turn: each is silent from here on.
      const stopped = [runner.stop(), transmitter.stop({ abandon }), (left ??= network.stop())];
      missing.clear();
      await Promise.all(stopped);
    },
  };
}

function watchMissing(
  { log }: Platform,
  { fetchers, metrics }: SharedParts,
  configuration: Configuration,
): MissingFeeds {
  return watchMissingFeeds({ feeds: fetchers.bind(configuration).map(({ name }) => name) }, { log, metrics });
}

/** Which feeds a leader should favour: time alone makes them due, so they are looked at after each round too. */
interface DueFeeds extends Pick<CommitteeRounds, "onFeeds"> {
  refresh(): void;
  listen(onDue: (mask: number) => void): void;
}

function createDueFeeds({ clock }: Platform, { feeds: specs, timing }: Configuration): DueFeeds {
  let held: readonly StoredFeed[] | undefined;
  let tell: (mask: number) => void = () => undefined;
  function refresh(): void {
    if (held === undefined) return;
    tell(overdueMask({ specs, stored: held, now: Math.floor(clock.timeOfDay() / 1000), timing }));
  }
  return {
    refresh,
    onFeeds(stored) {
      held = stored;
      refresh();
    },
    listen: (onDue) => void (tell = onDue),
  };
}

function createCommitteeTransmitter(
  { clock, log }: Platform,
  { database, writer, metrics }: SharedParts,
  { membership: { chain, self }, reader, store }: CommitteeRoundsDeps & { membership: Membership },
): Transmitter {
  const { configuration, digest: configDigest } = chain;
  const transmissions = createTransmissionStore({ configDigest }, { database });
  return createTransmitter(
    { configuration, configDigest, self },
    { reader, writer, store, transmissions, clock, log, metrics },
  );
}

interface CreateRunnerDeps extends CommitteeRoundsDeps {
  readonly membership: Membership;
  readonly record: ProtocolRecord;
  readonly transmitter: Transmitter;
  readonly due: DueFeeds;
  readonly missing: MissingFeeds;
}

function createRunner(
  { clock, log, journal }: Platform,
  shared: SharedParts,
  { membership, record, transmitter, due, missing, store, evidence, onRecovered }: CreateRunnerDeps,
): ProtocolRunner {
  const { fetchers, gossip, metrics, overrides } = shared;
  const { configuration, digest } = membership.chain;
  const observer = fetchers.observerFor(membership);
  return createProtocolRunner(
    { context: contextOf(membership, shared), record, lanes: configuration.lanes },
    {
      ...{ store, clock, log, metrics },
      observer: overrides.decorateObserver?.(observer, membership) ?? observer,
      onAsking: (sequence) => journal.publish("asking", sequence),
      onFinal(final) {
        transmitter.accept(final);
        gossip?.publish(digest, final);
        missing.onFinal(final);
        due.refresh();
      },
      onRecovered(final) {
        journal.publish("recovered", final.report.sequence);
        onRecovered(final);
      },
      onEvidence: (entry) => evidence.enter(entry),
      onStage(stage, sequence) {
        const { stages } = journal.stage(stage, sequence);
        metrics.stages.observe((clock.timeOfDay() - Math.min(...Object.values(stages))) / 1000, { stage });
      },
    },
  );
}

async function joinMembers(
  { config }: Platform,
  { transport, overrides }: SharedParts,
  { membership, runner }: { membership: Membership; runner: ProtocolRunner },
): Promise<Network> {
  const { configuration, digest: configDigest } = membership.chain;
  const network = await transport.join(
    {
      ...{ self: membership.self, configDigest, addresses: config.p2p.peers, f: configuration.f },
      peerKeys: configuration.members.map(({ peerKey }) => peerKey),
      limits: memberLimits(configuration),
    },
    runner,
  );
  return overrides.decorateNetwork?.(network, membership) ?? network;
}

function contextOf(membership: Membership, { overrides }: SharedParts): ProtocolContext {
  const { chain, identity, self } = membership;
  const { configuration, digest: configDigest, hub, chainId } = chain;
  const domain = { chainId, hub };
  const crypto = createProtocolCrypto({ domain, configDigest, members: configuration.members }, identity);
  return {
    size: { n: configuration.members.length, f: configuration.f },
    ...{ self, configDigest, configIndex: configuration.index, timing: configuration.timing },
    plugin: createMedianReporting({ configuration, configDigest, domain }),
    crypto: overrides.decorateCrypto?.(crypto, membership) ?? crypto,
  };
}

import { type Block, Contract, Interface, type JsonRpcProvider } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CommitteeEvents, Committees } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { CommitteeState, CommitteeStatus } from "../../core/types/committee.ts";
import type { Hex } from "../../core/types/hex.ts";
import { committeeRegistryAbi, feedHubAbi } from "./generated/abi.ts";

export interface CommitteeWatcherOptions {
  readonly registry: Hex;
  readonly hub: Hex;
  readonly pollMs: number;
  /** Configurations that this node remembers from earlier runs: their states are read at once, however old they are. */
  readonly known?: readonly Hex[];
}

export interface CommitteeWatcherDeps {
  readonly provider: JsonRpcProvider;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: CommitteeEvents;
}

export interface CommitteeWatcher {
  /** Whether the last poll reached the chain. */
  healthy(): boolean;
  stop(): Promise<void>;
}

/** Blocks per log query: endpoints refuse larger ranges. */
const MAX_BLOCK_RANGE = 1_000;
/** Where the first look begins: the retirement grace of an hour on chains with blocks of a quarter second, and some. */
const LOOK_BACK_BLOCKS = 20_000;
/** Blocks that each look reads again: an endpoint may know of a block before it has that block's logs. */
const OVERLAP_BLOCKS = 16;
/** How long a lower head counts as an endpoint's delay. */
const BEHIND_PATIENCE_MS = 30_000;
/** How long a committee that is over still matters: proofs of what it reported may be under way. */
const SETTLING_SECONDS = 600;
/** Configurations followed at once, the newest: one is active, some may be staged, retired or revoked. */
const MAX_FOLLOWED = 16;

const NO_DIGEST: Hex = `0x${"00".repeat(32)}`;
/** By the registry's enum; 0 is unknown. */
const STATES: readonly (CommitteeState | undefined)[] = [undefined, "staged", "active", "retired", "revoked"];
const registryInterface = new Interface(committeeRegistryAbi);
const TOPICS = ["Staged", "Activated", "Retired", "Revoked"].map(
  (name) => registryInterface.getEvent(`Configuration${name}`)?.topicHash ?? "",
);

/** Polls the registry and tells the committees that matter, after the first look and on every change. */
export function startCommitteeWatcher(options: CommitteeWatcherOptions, deps: CommitteeWatcherDeps): CommitteeWatcher {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const look = createLook(options, deps);
  let healthy = false;
  let told: string | undefined;

  async function poll(): Promise<void> {
    const committees = await look();
    const text = committees === undefined ? told : fingerprint(committees);
    if (committees !== undefined && text !== told) deps.events.onCommittees(committees);
    told = text;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await poll();
        healthy = true;
      } catch (error) {
        if (healthy) log.warn({ error }, "the registry cannot be read: check chain.rpc; trying again");
        healthy = false;
      }
      await clock.sleep(options.pollMs, stopping.signal);
    }
  }

  const running = run();
  return {
    healthy: () => healthy,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

type Look = () => Promise<Committees | undefined>;

/** One look at registry and hub; undefined while the chain's newest block is the one that was looked at last. */
function createLook(options: CommitteeWatcherOptions, deps: CommitteeWatcherDeps): Look {
  const { provider } = deps;
  const registry = new Contract(options.registry, committeeRegistryAbi, provider);
  const hub = new Contract(options.hub, feedHubAbi, provider);
  const discovery = createDiscovery(options, deps);
  const followed = new Set<Hex>(options.known);
  let last: Block | undefined;
  let behindSince: number | undefined;

  /** A lower block would show what is over: a revoked committee in force. Only a chain that stays there is believed. */
  function isBehind({ number }: Block): boolean {
    behindSince = number < (last?.number ?? 0) ? (behindSince ?? deps.clock.now()) : undefined;
    return behindSince !== undefined && deps.clock.now() - behindSince < BEHIND_PATIENCE_MS;
  }

  return async () => {
    const block = await provider.getBlock("latest");
    if (block === null || block.hash === last?.hash || isBehind(block)) return undefined;
    // All from one block: in between a committee would be active twice, or never.
    const at = { blockTag: block.number };
    const [activeDigest, head] = await Promise.all([
      registry.getFunction("activeDigest")(at) as Promise<Hex>,
      hub.getFunction("head")(at) as Promise<[bigint]>,
    ]);
    for (const digest of [...(await discovery.named(block.number)), activeDigest]) followed.add(digest);
    followed.delete(NO_DIGEST);
    const read = await Promise.all([...followed].map((digest) => statusOf(registry, digest, at)));
    const statuses = relevant(read, block.timestamp);
    forgetOldest(followed, read);
    last = block;
    behindSince = undefined;
    return { statuses, lastSequence: head[0] };
  };
}

interface Discovery {
  /** The configurations that the registry's events name, from the last look to this block. */
  named(head: number): Promise<readonly Hex[]>;
}

function createDiscovery({ registry }: CommitteeWatcherOptions, { provider, log }: CommitteeWatcherDeps): Discovery {
  let read: number | undefined;
  let failing = false;

  async function collect(head: number): Promise<Hex[]> {
    const found: Hex[] = [];
    let next = Math.max(0, Math.min(head, read ?? head - LOOK_BACK_BLOCKS) - OVERLAP_BLOCKS);
    while (next <= head) {
      const toBlock = Math.min(head, next + MAX_BLOCK_RANGE - 1);
      const logs = await provider.getLogs({ address: registry, fromBlock: next, toBlock, topics: [TOPICS] });
      // The digest, and where one is activated also the one before it.
      for (const { topics } of logs) found.push(...([topics[1], ...topics.slice(3)] as Hex[]));
      next = toBlock + 1;
      read = next;
    }
    return found;
  }

  return {
    async named(head) {
      try {
        const found = await collect(head);
        failing = false;
        return found;
      } catch (error) {
        if (error instanceof QuorateError) throw error;
        // Some endpoints keep few logs. The active configuration needs none.
        if (!failing) log.warn({ error }, "the registry's events cannot be read: staged configurations are not seen");
        failing = true;
        return [];
      }
    },
  };
}

type ReadStatus = Omit<CommitteeStatus, "state"> & { readonly state: CommitteeState | undefined };

async function statusOf(registry: Contract, digest: Hex, at: { blockTag: number }): Promise<ReadStatus> {
  const statement = (await registry.getFunction("statement")(digest, at)) as {
    readonly committee: { readonly index: bigint; readonly validUntil: bigint };
    readonly state: bigint;
  };
  const { index, validUntil } = statement.committee;
  return { digest, index: Number(index), state: STATES[Number(statement.state)], validUntil: Number(validUntil) };
}

/** In force, in its grace, revoked, or next: a staged one that is not newer than all those can never be activated. */
function relevant(read: readonly ReadStatus[], now: number): CommitteeStatus[] {
  const used = read.filter(({ state }) => state !== undefined && state !== "staged");
  const latest = Math.max(0, ...used.map(({ index }) => index));
  return read
    .filter((status): status is CommitteeStatus => {
      const { state, index, validUntil } = status;
      if (state === "staged") return index > latest;
      return state === "retired" ? validUntil + SETTLING_SECONDS >= now : state !== undefined;
    })
    .sort((a, b) => a.index - b.index || (a.digest < b.digest ? -1 : 1));
}

function forgetOldest(followed: Set<Hex>, read: readonly ReadStatus[]): void {
  const oldestFirst = [...read].sort((a, b) => a.index - b.index).filter(({ state }) => state !== "active");
  for (const { digest } of oldestFirst) {
    if (followed.size <= MAX_FOLLOWED) return;
    followed.delete(digest);
  }
}

function fingerprint({ statuses, lastSequence }: Committees): string {
  return JSON.stringify([statuses, lastSequence.toString()]);
}

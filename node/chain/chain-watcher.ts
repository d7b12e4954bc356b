import { Interface, type JsonRpcProvider, type Log as ChainLog } from "ethers";
import type { ChainEvents, ChainReader } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import { slotOf } from "../../core/types/sequence.ts";
import { createBlockHistory } from "./block-history.ts";
import { feedHubAbi } from "./generated/abi.ts";

export interface ChainWatcherOptions {
  readonly hub: Hex;
  /** Of the configuration whose reports are told. */
  readonly configIndex: number;
  readonly pollMs: number;
  /** Blocks before the head at which the watcher starts: reports transmitted just before a restart still want proofs. */
  readonly lookBack: number;
}

export interface ChainWatcherDeps {
  readonly provider: JsonRpcProvider;
  readonly reader: Pick<ChainReader, "feeds">;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: ChainEvents;
}

export interface ChainWatcher {
  /** Whether the last poll reached the chain. */
  healthy(): boolean;
  blockNumber(): number;
  stop(): Promise<void>;
}

/** Blocks per log query: endpoints refuse larger ranges. */
const MAX_BLOCK_RANGE = 1_000;
/** Blocks that each poll reads again: an endpoint may know of a block before it has that block's logs. */
const OVERLAP_BLOCKS = 16;
/** How long a head below the known one counts as an endpoint's delay; longer, and the chain is taken as it is. */
const BEHIND_PATIENCE_MS = 30_000;

const hubInterface = new Interface(feedHubAbi);
const TOPICS = ["FeedsUpdated", "ReportRecorded", "ReportProven"].map(
  (name) => hubInterface.getEvent(name)?.topicHash ?? "",
);

/**
 * Polls the hub's events in block order and tells what changed. A failed poll is tried again; nothing is skipped. When
 * blocks are replaced it says so first, and then tells the events of the new branch.
 */
export function startChainWatcher(options: ChainWatcherOptions, deps: ChainWatcherDeps): ChainWatcher {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const cursor = createCursor(options, deps);
  let healthy = false;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await cursor.poll();
        healthy = true;
      } catch (error) {
        if (healthy) log.warn({ error }, "the chain cannot be read: check chain.rpc; trying again");
        healthy = false;
      }
      await clock.sleep(options.pollMs, stopping.signal);
    }
  }

  const running = run();
  return {
    healthy: () => healthy,
    blockNumber: () => cursor.head(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Cursor {
  poll(): Promise<void>;
  head(): number;
}

/** How far the chain has been read. */
function createCursor({ hub, configIndex, lookBack }: ChainWatcherOptions, deps: ChainWatcherDeps): Cursor {
  const { provider, events } = deps;
  const branch = createBranch(deps);
  const announced = new Map<string, number>(); // Logs of the blocks that are read again, by block.
  /** The first block that counts, and the one after the last that was read. */
  let first: number | undefined;
  let read: number | undefined;
  let stale = true; // Until the feeds are read again: a failure in between loses no change.

  function rewind(fromBlock: number, head: number): void {
    const back = Math.max(fromBlock, head - lookBack, 0);
    first = Math.min(first ?? back, back);
    read = Math.min(read ?? back, back);
    stale = true;
    for (const [key, block] of announced) if (block >= fromBlock) announced.delete(key);
    events.onReorganised(fromBlock);
  }

  async function readLogs(head: number): Promise<void> {
    first ??= Math.max(0, head - lookBack);
    let next = Math.max(first, (read ?? first) - OVERLAP_BLOCKS);
    while (next <= head) {
      const toBlock = Math.min(head, next + MAX_BLOCK_RANGE - 1);
      const logs = await provider.getLogs({ address: hub, fromBlock: next, toBlock, topics: [TOPICS] });
      const fresh = logs.filter((entry) => !announced.has(keyOf(entry)));
      for (const entry of fresh) announce(entry, configIndex, events);
      // Other committees' reports change the feeds too.
      stale ||= fresh.length > 0;
      for (const entry of fresh) announced.set(keyOf(entry), entry.blockNumber);
      next = toBlock + 1;
      read = next;
    }
    for (const [key, block] of announced) if (block <= head - OVERLAP_BLOCKS) announced.delete(key);
  }

  return {
    head: () => branch.head(),
    async poll() {
      const replacedFrom = await branch.follow();
      if (replacedFrom !== undefined) rewind(replacedFrom, branch.head());
      await readLogs(branch.head());
      if (!stale) return;
      events.onFeeds(await deps.reader.feeds());
      stale = false;
    },
  };
}

interface Branch {
  head(): number;
  /** Looks at the chain's head. @returns the first block that was replaced since the last look, if any was. */
  follow(): Promise<number | undefined>;
}

/** The branch of the chain that is followed. */
function createBranch({ provider, clock, log }: Pick<ChainWatcherDeps, "provider" | "clock" | "log">): Branch {
  const history = createBlockHistory();
  let head = 0;
  let behindSince: number | undefined;
  const hashOf = async (number: number) => (await provider.getBlock(number))?.hash ?? undefined;

  function isShorter(): boolean {
    behindSince ??= clock.now();
    return clock.now() - behindSince >= BEHIND_PATIENCE_MS;
  }

  return {
    head: () => head,
    async follow() {
      const block = await provider.getBlock("latest");
      if (block?.hash == null) throw new TypeError("the endpoint knows no newest block");
      const ref = { number: block.number, hash: block.hash, parentHash: block.parentHash };
      const verdict = await history.judge(ref, hashOf);
      if (verdict.kind === "behind" && !isShorter()) return undefined;
      behindSince = undefined;
      head = ref.number;
      if (verdict.kind === "same" || verdict.kind === "extended") return undefined;
      const fromBlock = verdict.kind === "behind" ? history.acceptShorter(ref) : verdict.fromBlock;
      log.warn({ fromBlock, head }, "blocks were replaced: what they held is read again");
      return fromBlock;
    },
  };
}

function keyOf({ blockHash, transactionHash, index }: ChainLog): string {
  return `${blockHash} ${transactionHash} ${index}`;
}

function announce(entry: ChainLog, configIndex: number, events: ChainEvents): void {
  const parsed = hubInterface.parseLog(entry);
  if (parsed === null) return;
  const { args } = parsed;
  const sequence = args.getValue("sequence") as bigint;
  if (slotOf(sequence).configIndex !== configIndex) return;
  const where = { txHash: entry.transactionHash as Hex, blockNumber: entry.blockNumber };
  const stored = Number(args.getValue("storedMask"));
  if (parsed.name === "FeedsUpdated") {
    events.onTransmitted({ sequence, stored, ...where });
    return;
  }
  const report = { sequence, index: args.getValue("reportIndex") as bigint, ...where };
  if (parsed.name === "ReportProven") events.onProven(report);
  else events.onRecorded({ ...report, stored, digest: args.getValue("reportHash") as Hex });
}

import { type EventLog, Interface, type JsonRpcProvider, type Log as ChainLog } from "ethers";
import type { ChainEvents, ChainReader } from "../../core/ports/chain.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import { feedHubAbi } from "./generated/abi.ts";

export interface ChainWatcherOptions {
  readonly hub: Hex;
  readonly configDigest: Hex;
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

/** Polls the hub's events in block order and tells what changed. A failed poll is tried again; nothing is skipped. */
export function startChainWatcher(options: ChainWatcherOptions, deps: ChainWatcherDeps): ChainWatcher {
  const { provider, clock, log } = deps;
  const abi = new Interface(feedHubAbi);
  const stopping = new AbortController();
  /** The first block that counts, and the one after the last that was read. */
  let first: number | undefined;
  let read: number | undefined;
  let head = 0;
  let healthy = false;
  let stale = true; // Until the feeds are read again: a failure in between loses no change.
  const announced = new Map<string, number>(); // Logs of the blocks that are read again, by block.

  async function poll(): Promise<void> {
    head = await provider.getBlockNumber();
    first ??= Math.max(0, head - options.lookBack);
    let next = Math.max(first, (read ?? first) - OVERLAP_BLOCKS);
    while (next <= head) {
      const toBlock = Math.min(head, next + MAX_BLOCK_RANGE - 1);
      const logs = await provider.getLogs({
        address: options.hub,
        fromBlock: next,
        toBlock,
        topics: [null, options.configDigest],
      });
      const fresh = logs.filter((entry) => !announced.has(keyOf(entry)));
      for (const entry of fresh) announce(abi, entry, deps.events);
      stale ||= fresh.length > 0;
      for (const entry of fresh) announced.set(keyOf(entry), entry.blockNumber);
      next = toBlock + 1;
      read = next;
    }
    for (const [key, block] of announced) if (block <= head - OVERLAP_BLOCKS) announced.delete(key);
    if (!stale) return;
    deps.events.onFeeds(await deps.reader.feeds());
    stale = false;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await poll();
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
    blockNumber: () => head,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function keyOf({ transactionHash, index }: ChainLog): string {
  return `${transactionHash} ${index}`;
}

function announce(abi: Interface, entry: ChainLog | EventLog, events: ChainEvents): void {
  const parsed = abi.parseLog(entry);
  if (parsed === null) return;
  const { args } = parsed;
  const where = { txHash: entry.transactionHash as Hex, blockNumber: entry.blockNumber };
  const report = { sequence: args.getValue("sequence") as bigint, index: args.getValue("reportIndex") as bigint };
  if (parsed.name === "ReportProven") events.onProven({ ...report, ...where });
  if (parsed.name !== "ReportTransmitted") return;
  events.onTransmitted({
    ...report,
    ...where,
    digest: args.getValue("reportHash") as Hex,
    stored: Number(args.getValue("storedMask")),
    transmitter: (args.getValue("transmitter") as string).toLowerCase() as Hex,
  });
}

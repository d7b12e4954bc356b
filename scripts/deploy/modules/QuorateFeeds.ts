import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { CallableContractFuture, ContractFuture, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import type { Hex } from "../../../core/types/hex.ts";
import { concat, keccak256 } from "ethers";
import { createQuorateModule, DEFAULT_HISTORY_DEPTH, type QuorateOptions } from "./Quorate.ts";

/** Interfaces of other oracles under which a feed can be read, besides its proxy's. */
export const ADAPTERS = ["pyth", "api3", "chronicle"] as const;
export type Adapter = (typeof ADAPTERS)[number];

/** Adapters of one feed each; Pyth's serves all feeds that ask for it. */
const FEED_ADAPTERS = { api3: "Api3Adapter", chronicle: "ChronicleAdapter" } as const;
export type FeedAdapter = keyof typeof FEED_ADAPTERS;
export const isFeedAdapter = (adapter: Adapter): adapter is FeedAdapter => adapter in FEED_ADAPTERS;

export interface ListedFeed {
  readonly id: Hex;
  readonly decimals: number;
  /** For people, at most 31 bytes. */
  readonly description: string;
  readonly adapters?: readonly Adapter[];
}

export interface MarketOptions {
  /** Index of the collateral's price in the list of feeds. */
  readonly feed: number;
  /** Seconds that a proven price may be old. */
  readonly maxAge: number;
  readonly loanToValueBps: number;
}

export interface QuorateFeedsOptions extends QuorateOptions {
  readonly feeds: readonly ListedFeed[];
  readonly market?: MarketOptions;
}

/**
 * The network with a proxy per feed (named `proxy0`, `proxy1`, … in the result) and, if asked for, its adapters (`api30`,
 * `chronicle0`, …, `pyth`) and the example market.
 */
export function createQuorateFeedsModule({ feeds, market, ...options }: QuorateFeedsOptions) {
  const network = createQuorateModule(options);
  return buildModule("QuorateFeeds", (m) => {
    const contracts = m.useModule(network);
    const consumers: Record<string, ContractFuture<string>> = {};
    feeds.forEach(({ id, decimals, description }, index) => {
      // Ignition remembers a proxy by its feed, so that feeds may be added, left out and put in another order.
      const options = { id: `proxy_${id}` };
      consumers[`proxy${index}`] = m.contract("FeedProxy", [contracts.hub, id, decimals, description], options);
    });
    Object.assign(consumers, deployAdapters(m, contracts.hub, feeds));
    preallocate(m, contracts.hub, { ...options, feeds });
    const collateral = market && feeds[market.feed];
    if (collateral) {
      const { id, decimals } = collateral;
      consumers.market = m.contract("LendingMarket", [
        contracts.hub,
        id,
        decimals,
        market.maxAge,
        market.loanToValueBps,
      ]);
    }
    return { ...contracts, ...consumers };
  });
}

function deployAdapters(
  m: IgnitionModuleBuilder,
  hub: CallableContractFuture<string>,
  feeds: readonly ListedFeed[],
): Record<string, ContractFuture<string>> {
  const adapters: Record<string, ContractFuture<string>> = {};
  feeds.forEach(({ id, decimals, adapters: wanted = [] }, index) => {
    for (const kind of wanted.filter(isFeedAdapter))
      adapters[`${kind}${index}`] = m.contract(FEED_ADAPTERS[kind], [hub, id, decimals], { id: `${kind}_${id}` });
  });
  // Its feeds are fixed: another set is another adapter, however they are ordered.
  const served = feeds.filter((feed) => feed.adapters?.includes("pyth")).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (served.length > 0) {
    const ids = served.map(({ id }) => id);
    const named = { id: `pyth_${keccak256(concat(ids))}` };
    adapters.pyth = m.contract("PythAdapter", [hub, ids, served.map(({ decimals }) => decimals)], named);
  }
  return adapters;
}

/** Each feed in a transaction of its own: 22,100 gas for each slot. */
function preallocate(
  m: IgnitionModuleBuilder,
  hub: CallableContractFuture<string>,
  { verifier, historyDepth = DEFAULT_HISTORY_DEPTH, feeds }: QuorateFeedsOptions,
): void {
  if (verifier !== undefined) m.call(hub, "preallocate", [[]], { id: "reports" });
  if (historyDepth === 0) return;
  for (const { id } of feeds) m.call(hub, "preallocate", [[id]], { id: `history_${id}` });
}

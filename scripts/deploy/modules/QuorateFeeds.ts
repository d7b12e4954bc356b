import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { CallableContractFuture, ContractFuture, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";
import type { Hex } from "../../../core/types/hex.ts";
import { createQuorateModule, DEFAULT_HISTORY_DEPTH, type QuorateOptions } from "./Quorate.ts";

export interface ListedFeed {
  readonly id: Hex;
  readonly decimals: number;
  /** For people, at most 31 bytes. */
  readonly description: string;
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

/** The network with a proxy per feed (named `proxy0`, `proxy1`, … in the result) and, if asked for, the example market. */
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

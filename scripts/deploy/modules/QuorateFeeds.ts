import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { ContractFuture } from "@nomicfoundation/ignition-core";
import type { Hex } from "../../../core/types/hex.ts";
import { createQuorateModule, type VerifierOptions } from "./Quorate.ts";

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

export interface QuorateFeedsOptions {
  readonly verifier: VerifierOptions;
  readonly feeds: readonly ListedFeed[];
  readonly market?: MarketOptions;
}

/** The network with a proxy per feed (named `proxy0`, `proxy1`, … in the result) and, if asked for, the example market. */
export function createQuorateFeedsModule({ verifier, feeds, market }: QuorateFeedsOptions) {
  const network = createQuorateModule(verifier);
  return buildModule("QuorateFeeds", (m) => {
    const contracts = m.useModule(network);
    const consumers: Record<string, ContractFuture<string>> = {};
    feeds.forEach(({ id, decimals, description }, index) => {
      const options = { id: `proxy${index}` };
      consumers[options.id] = m.contract("FeedProxy", [contracts.hub, id, decimals, description], options);
    });
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

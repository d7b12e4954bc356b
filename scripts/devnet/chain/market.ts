import { Contract } from "ethers";
import { lendingMarketAbi } from "../../../node/chain/generated/abi.ts";
import type { DevNetwork } from "../network.ts";

/** What a lending market on the chain says right now. */
export interface MarketState {
  /** Scaled by the feed's decimals; undefined while the market refuses. */
  readonly price: bigint | undefined;
  /** The contract's error while it refuses. */
  readonly refusal: string | undefined;
}

export async function readMarket({ provider, deployment }: DevNetwork): Promise<MarketState> {
  if (deployment.market === undefined) return { price: undefined, refusal: "no market" };
  const market = new Contract(deployment.market, lendingMarketAbi, provider);
  try {
    return { price: (await market.getFunction("price").staticCall()) as bigint, refusal: undefined };
  } catch (error) {
    const revert = (error as { revert?: { name?: string } | null }).revert;
    return { price: undefined, refusal: revert?.name ?? "refused" };
  }
}

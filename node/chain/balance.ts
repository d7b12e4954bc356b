import { formatEther, type JsonRpcProvider } from "ethers";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ChainMetrics } from "./metrics.ts";

export interface BalanceOptions {
  readonly account: Hex;
  /** Wei below which the operator is warned. */
  readonly minBalance: bigint;
}

export interface BalanceDeps {
  readonly provider: JsonRpcProvider;
  readonly log: Log;
  readonly metrics: ChainMetrics;
}

/** What pays for this node's transactions. */
export interface Balance {
  /** Looks at the chain. Never rejects: an endpoint that fails is told of elsewhere. */
  check(): Promise<void>;
  /** Wei, as last seen. */
  amount(): bigint | undefined;
  low(): boolean;
}

export function createBalance({ account, minBalance }: BalanceOptions, deps: BalanceDeps): Balance {
  const { provider, log, metrics } = deps;
  let amount: bigint | undefined;
  const low = () => amount !== undefined && amount < minBalance;
  metrics.minBalance.set(Number(formatEther(minBalance)));

  return {
    low,
    amount: () => amount,
    async check() {
      const [wasLow, seen] = [low(), await provider.getBalance(account).catch(() => undefined)];
      if (seen === undefined) return;
      amount = seen;
      metrics.balance.set(Number(formatEther(seen)));
      if (low() === wasLow) return;
      const fields = { account, balance: formatEther(seen), minBalance: formatEther(minBalance) };
      if (wasLow) log.info(fields, "the transmitter's balance is sufficient again");
      else
        log.warn(fields, "the transmitter's balance is low: fund the account, or its reports are left to the others");
    },
  };
}

import type { Receipt } from "../../core/ports/chain.ts";
import type { Hex } from "../../core/types/hex.ts";

/** What becomes of transactions that came into a block, for whoever waits for that. */
export interface Settlements {
  /** Resolves when the end of an open transaction is known. */
  of(txHash: Hex): Promise<Receipt | undefined>;
  /** An end that was told lately. */
  ended(txHash: Hex): { readonly receipt: Receipt | undefined } | undefined;
  /** Tells an end: its final receipt, or undefined if it will be in no block. */
  end(txHash: Hex, receipt: Receipt | undefined): void;
  /** Rejects all who still wait. */
  interrupt(error: Error): void;
}

/** Ends remembered: a caller asks right after it was told of a block. */
const MAX_ENDED = 64;

export function createSettlements(): Settlements {
  const open = new Map<Hex, PromiseWithResolvers<Receipt | undefined>>();
  const ended = new Map<Hex, { readonly receipt: Receipt | undefined }>();

  return {
    of(txHash) {
      const known = open.get(txHash);
      if (known !== undefined) return known.promise;
      const settlement = Promise.withResolvers<Receipt | undefined>();
      open.set(txHash, settlement);
      return settlement.promise;
    },
    ended: (txHash) => ended.get(txHash),
    end(txHash, receipt) {
      open.get(txHash)?.resolve(receipt);
      open.delete(txHash);
      ended.set(txHash, { receipt });
      const [oldest] = ended.keys();
      if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest);
    },
    interrupt(error) {
      for (const { reject } of open.values()) reject(error);
      open.clear();
    },
  };
}

import { isError, type JsonRpcProvider } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainError } from "./chain-error.ts";

/** The `chain.finality` of a node's configuration: when a block counts as one that stays. */
export type FinalityRule =
  /** So many blocks stand on top of it; 0 takes the newest block at its word. */
  { readonly confirmations: number } | { readonly tag: "finalized" | "safe" };

/**
 * The newest block that is final by the rule; -1 while there is none.
 * @throws QuorateError `finality-unsupported` if the endpoint does not know the tag.
 */
export async function finalBlock(provider: JsonRpcProvider, rule: FinalityRule): Promise<number> {
  if ("confirmations" in rule) return (await provider.getBlockNumber()) - rule.confirmations;
  try {
    return (await provider.getBlock(rule.tag))?.number ?? -1;
  } catch (cause) {
    if (cause instanceof QuorateError || isError(cause, "NETWORK_ERROR")) throw cause;
    const message = `the endpoint knows no "${rule.tag}" block: set chain.finality to a number of confirmations`;
    throw new QuorateError<ChainError>({ code: "finality-unsupported", tag: rule.tag }, message, { cause });
  }
}

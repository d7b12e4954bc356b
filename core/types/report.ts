import type { Hex } from "./hex.ts";

/** What the quorum signs, as EIP-712 typed data. The Solidity twin is `Report` in `contracts/interfaces/IFeedHub.sol`. */
export interface Report {
  readonly configDigest: Hex;
  /** uint64, see `core/types/sequence.ts`. */
  readonly sequence: bigint;
  /** Unix seconds, uint32: the median of the chosen observations' timestamps. */
  readonly observedAt: number;
  readonly feedsRoot: Hex;
  readonly valuesHash: Hex;
}

/** Where a report is valid: the EIP-712 domain besides name and version. */
export interface ReportDomain {
  readonly chainId: bigint;
  /** Address of the FeedHub. */
  readonly hub: Hex;
}

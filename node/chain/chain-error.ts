import type { Hex } from "../../core/types/hex.ts";

export type ChainError =
  /** The origin alone: paths hold API keys. */
  | { readonly code: "chain-unreachable"; readonly rpc: string }
  | { readonly code: "chain-id-mismatch"; readonly expected: number; readonly actual: number }
  | { readonly code: "contract-without-code"; readonly address: Hex }
  | { readonly code: "contract-unknown"; readonly address: Hex }
  | { readonly code: "configuration-missing"; readonly registry: Hex }
  | { readonly code: "configuration-digest-mismatch"; readonly stated: Hex; readonly computed: Hex }
  | { readonly code: "finality-unsupported"; readonly tag: string }
  | { readonly code: "transaction-reverted"; readonly reason: string }
  /** Wei. */
  | { readonly code: "transmitter-without-funds"; readonly balance: bigint; readonly cost: bigint }
  | { readonly code: "transaction-timeout"; readonly waitedMs: number }
  | { readonly code: "transaction-queue-full"; readonly max: number }
  | { readonly code: "transaction-interrupted" };

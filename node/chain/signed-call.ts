import { type BaseWallet, Transaction, type TransactionRequest } from "ethers";
import type { SentTransaction, TransactionPurpose } from "../../core/ports/transaction-store.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { Fees } from "./fees.ts";

/** What a transaction does, before it has a nonce and a price. */
export interface Call {
  readonly purpose: TransactionPurpose;
  /** Of the report that it is about; 0n for `cancel`. */
  readonly sequence: bigint;
  readonly to: Hex;
  readonly data: Hex;
}

export interface Envelope {
  readonly chainId: number;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly fees: Fees;
}

/** Names a call among all that an account ever sends: a report is transmitted once and proven once. */
export function callKey({ purpose, sequence }: Pick<Call, "purpose" | "sequence">): string {
  return `${purpose} ${sequence}`;
}

/** Moves nothing, from the account to itself: takes a nonce that nothing else needs. */
export function cancelCall(account: Hex): Call {
  return { purpose: "cancel", sequence: 0n, to: account, data: "0x" };
}

export async function signCall(
  wallet: BaseWallet,
  { purpose, sequence, to, data }: Call,
  { chainId, nonce, gasLimit, fees }: Envelope,
): Promise<SentTransaction> {
  const { kind, ...prices } = fees;
  const request: TransactionRequest = {
    type: kind === "legacy" ? 0 : 2,
    chainId,
    nonce,
    gasLimit,
    to,
    data,
    ...prices,
  };
  const raw = (await wallet.signTransaction(request)) as Hex;
  const hash = Transaction.from(raw).hash as Hex;
  return { nonce, hash, raw, purpose, sequence, state: "sent", blockNumber: undefined };
}

/** What a stored transaction does and offers: all of it stands in its signed bytes. */
export function readSigned({ raw, purpose, sequence }: SentTransaction): { call: Call; fees: Fees } {
  const { to, data, type, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(raw);
  if (to === null) throw new TypeError("this account creates no contracts");
  const fees: Fees =
    type === 2
      ? { kind: "eip-1559", maxFeePerGas: maxFeePerGas ?? 0n, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n }
      : { kind: "legacy", gasPrice: gasPrice ?? 0n };
  return { call: { purpose, sequence, to: to as Hex, data: data as Hex }, fees };
}

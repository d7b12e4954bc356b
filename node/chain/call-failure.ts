import { type Interface, isError } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainError } from "./chain-error.ts";

/** Whether the same call may pass a moment later: the endpoint failed, not the call. */
export function isTransient(error: unknown): boolean {
  if (error instanceof QuorateError) return error.code === "chain-unreachable";
  // UNKNOWN_ERROR is ethers' name for errors of an endpoint that it cannot classify, rate limits among them.
  const codes = ["TIMEOUT", "NETWORK_ERROR", "SERVER_ERROR", "UNKNOWN_ERROR", "BAD_DATA"] as const;
  return codes.some((code) => isError(error, code));
}

/** Whether a contract refused a call, with its data at hand: what else ethers calls an exception may be the endpoint's. */
export function isRevert(error: unknown): boolean {
  return isError(error, "CALL_EXCEPTION") && error.data != null;
}

/** Names the contract's own error instead of four unreadable bytes. */
export function explained(error: unknown, abi: Interface): unknown {
  if (!isError(error, "CALL_EXCEPTION")) return error;
  const parsed = error.data == null ? null : abi.parseError(error.data);
  const reason =
    parsed === null ? (error.reason ?? error.shortMessage) : `${parsed.name}(${parsed.args.map(String).join(", ")})`;
  return new QuorateError<ChainError>(
    { code: "transaction-reverted", reason },
    `the hub refused the transaction: ${reason}`,
    { cause: error },
  );
}

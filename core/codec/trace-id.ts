import { AbiCoder, dataSlice, keccak256, solidityPacked } from "ethers";
import type { Hex } from "../types/hex.ts";

/** W3C trace id of a round, 32 hexadecimal digits: every node and every log can compute it from the slot alone. */
export function roundTraceId(configDigest: Hex, sequence: bigint): string {
  return dataSlice(keccak256(solidityPacked(["bytes32", "uint64"], [configDigest, sequence])), 0, 16).slice(2);
}

/** A W3C `traceparent` header value of one request in a round: the request's own span, sampled. */
export function traceparentOf(traceId: string, request: { feed: Hex; index: number; member: number }): string {
  const span = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint256", "uint256"],
    [request.feed, request.index, request.member],
  );
  return `00-${traceId}-${dataSlice(keccak256(span), 0, 8).slice(2)}-01`;
}

import { keccak256 } from "../crypto/keccak.ts";
import type { Hex } from "../types/hex.ts";
import { abiWords } from "./abi-words.ts";

/** W3C trace id of a round, 32 hexadecimal digits: every node and every log can compute it from the slot alone. */
export function roundTraceId(configDigest: Hex, sequence: bigint): string {
  return keccak256(`${configDigest}${sequence.toString(16).padStart(16, "0")}`).slice(2, 34);
}

/** A W3C `traceparent` header value of one request in a round: the request's own span, sampled. */
export function traceparentOf(traceId: string, request: { feed: Hex; index: number; member: number }): string {
  const span = keccak256(abiWords([request.feed, request.index, request.member])).slice(2, 18);
  return `00-${traceId}-${span}-01`;
}

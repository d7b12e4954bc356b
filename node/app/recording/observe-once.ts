import { encodeBytes32String } from "ethers";
import type { Sandbox } from "../../../core/ports/sandbox.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { type FeedBinding, observeFeed } from "../../observe/observe-feed.ts";
import { capture, type ObservedOnce } from "./capture.ts";

export interface ObserveOnceOptions {
  readonly feed: string;
  readonly decimals: number;
  readonly params: Readonly<Record<string, string>>;
  /** Digest of an admitted module. */
  readonly module: Hex;
  /** Unix seconds. */
  readonly time: number;
}

export interface ObserveOnceDeps {
  readonly sandbox: Pick<Sandbox, "call">;
  readonly sources: FeedBinding["sources"];
}

/** Longer than any source may take. */
const TIMEOUT_MS = 30_000;
/** The rounds of an author have no trace that anybody collects. */
const TRACE_ID = "1".repeat(32);

/** Observes one feed as a node does in a round, outside of any. */
export async function observeOnce(options: ObserveOnceOptions, deps: ObserveOnceDeps): Promise<ObservedOnce> {
  const { sandbox, sources, seen } = capture(deps);
  const { feed: name, decimals, params, module, time } = options;
  const binding = { lane: 0, feed: encodeBytes32String(name) as Hex, name, decimals, params, module, sources };
  const run = { time, traceId: TRACE_ID, member: 0, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return seen(await observeFeed(binding, run, { sandbox }));
}

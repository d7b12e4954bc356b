import {
  decodeObserveOutput,
  decodeRequestsOutput,
  encodeObserveInput,
  encodeRequestsInput,
  type EnvelopeHead,
  type SourceRequest,
  type SourceResponse,
} from "../../core/codec/envelope.ts";
import { inputsDigest } from "../../core/codec/inputs-digest.ts";
import { MAX_VALUE, MIN_VALUE } from "../../core/codec/report.ts";
import { traceparentOf } from "../../core/codec/trace-id.ts";
import { parseDecimal } from "../../core/feeds/decimal.ts";
import type { Reading, ReadOptions } from "../../core/ports/source.ts";
import type { Phase, Sandbox } from "../../core/ports/sandbox.ts";
import type { Hex } from "../../core/types/hex.ts";

/** A feed of the committee and the fetcher that observes it here. */
export interface FeedBinding {
  readonly lane: number;
  readonly feed: Hex;
  readonly name: string;
  readonly decimals: number;
  readonly params: Readonly<Record<string, string>>;
  /** Digest of an admitted module. */
  readonly module: Hex;
  /** What the module's manifest lets it read. */
  readonly sources: { read(sourceId: string, path: string, options: ReadOptions): Promise<Reading> };
}

export interface FeedRun {
  /** Unix seconds, fixed for the round. */
  readonly time: number;
  readonly traceId: string;
  readonly member: number;
  readonly signal: AbortSignal;
}

/** One feed's observation. `inputs` is the digest of all that the guest's second phase saw, and of what both read from storage: replaying them gives the same value and fuel. */
export type FeedOutcome =
  | { readonly kind: "value"; readonly value: bigint; readonly fuel: bigint; readonly inputs: Hex }
  | {
      readonly kind: "absent";
      readonly code: string;
      readonly message: string;
      readonly fuel: bigint;
      readonly inputs: Hex;
    };

/** Where the second phase was never asked. */
export const NO_INPUTS: Hex = `0x${"00".repeat(32)}`;

/** Runs a fetcher's two phases, with the reads of its requests between them, all at once. */
export async function observeFeed(
  binding: FeedBinding,
  run: FeedRun,
  { sandbox }: { sandbox: Pick<Sandbox, "call"> },
): Promise<FeedOutcome> {
  const head: EnvelopeHead = { feed: binding.name, time: run.time, params: binding.params };
  const round = { module: binding.module, feed: binding.name, time: run.time, traceId: run.traceId };
  const call = (phase: Phase, input: Uint8Array) => sandbox.call({ ...round, phase, input });
  const asked = await call("requests", encodeRequestsInput(head));
  if (asked.kind === "failed") return { ...asked, kind: "absent", inputs: NO_INPUTS };
  const decoded = decodeRequestsOutput(asked.output);
  if (decoded.kind === "invalid")
    return { kind: "absent", code: "requests-invalid", message: decoded.message, fuel: asked.fuel, inputs: NO_INPUTS };
  const responses = await Promise.all(decoded.requests.map((request, index) => read(binding, run, { request, index })));
  const input = encodeObserveInput(head, responses);
  const answered = await call("observe", input);
  const inputs = inputsDigest({ envelope: input, reads: [asked.effects?.reads ?? [], answered.effects?.reads ?? []] });
  const fuel = asked.fuel + answered.fuel;
  return answered.kind === "failed"
    ? { ...answered, kind: "absent", fuel, inputs }
    : { ...toValue(answered.output, binding.decimals), fuel, inputs };
}

async function read(
  { sources, feed }: FeedBinding,
  { traceId, member, signal }: FeedRun,
  { request, index }: { request: SourceRequest; index: number },
): Promise<SourceResponse> {
  const { sourceId, path } = request;
  const reading = await sources.read(sourceId, path, {
    signal,
    traceparent: traceparentOf(traceId, { feed, index, member }),
  });
  if (reading.kind === "failed") return { kind: "failed", sourceId, code: reading.code };
  return { kind: "answer", sourceId, status: reading.status, body: reading.point.value };
}

type Value =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "absent"; readonly code: string; readonly message: string };

function toValue(output: Uint8Array, decimals: number): Value {
  const decoded = decodeObserveOutput(output);
  // The guest's own code is its text, never ours: codes become labels of a metric.
  if (decoded.kind === "failed")
    return { kind: "absent", code: "guest-failed", message: `${decoded.code}: ${decoded.message}` };
  if (decoded.kind === "invalid") return { kind: "absent", code: "output-invalid", message: decoded.message };
  const value = parseDecimal(decoded.decimal, decimals);
  if (value === undefined || value < MIN_VALUE || value > MAX_VALUE) {
    return {
      kind: "absent",
      code: "value-out-of-range",
      message: `${decoded.decimal} does not fit an int96 with ${decimals} decimals`,
    };
  }
  return { kind: "value", value };
}

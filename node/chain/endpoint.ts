import { FetchRequest, isError, type JsonRpcError, type JsonRpcPayload, type JsonRpcResult } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Labels } from "../../core/ports/meter.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ChainError } from "./chain-error.ts";
import type { ChainMetrics } from "./metrics.ts";

export type RpcRequest = JsonRpcPayload | JsonRpcPayload[];
export type RpcResponse = (JsonRpcResult | JsonRpcError)[];

export interface EndpointOptions {
  readonly url: string;
  /** Place in the configuration: the order of preference. */
  readonly index: number;
  readonly timeoutMs: number;
}

export interface EndpointDeps {
  readonly clock: Pick<Clock, "now">;
  readonly metrics: ChainMetrics;
}

/** One JSON-RPC endpoint over HTTP. */
export interface Endpoint {
  readonly index: number;
  /** The URL without its path and query, which often hold an API key. */
  readonly origin: string;
  /** Metric labels. */
  readonly labels: Labels;
  /** Of the last answer, milliseconds. */
  latencyMs(): number | undefined;
  /**
   * One HTTP request. An answer that is an error of the call itself is an answer.
   * @throws QuorateError `chain-unreachable` without an answer; its text shows the origin alone.
   */
  send(request: RpcRequest): Promise<RpcResponse>;
}

export function createEndpoint({ url, index, timeoutMs }: EndpointOptions, { clock, metrics }: EndpointDeps): Endpoint {
  const { origin } = new URL(url);
  const labels = { endpoint: String(index), origin };
  const connection = new FetchRequest(url);
  connection.timeout = timeoutMs;
  // A rate limit is a reason to ask another endpoint, not to wait for this one.
  connection.retryFunc = () => Promise.resolve(false);
  let latencyMs: number | undefined;

  return {
    ...{ index, origin, labels },
    latencyMs: () => latencyMs,
    async send(request) {
      const start = clock.now();
      try {
        const answer = await post(connection, request);
        latencyMs = clock.now() - start;
        metrics.requestSeconds.observe(latencyMs / 1000, labels);
        return answer;
      } catch (error) {
        metrics.requestFailures.add(1, { ...labels, reason: "unreachable" });
        const message = `${origin} does not answer (${reasonOf(error)}): check chain.rpc`;
        // Without its cause: ethers' errors carry the whole URL.
        throw new QuorateError<ChainError>({ code: "chain-unreachable", rpc: origin }, message);
      }
    },
  };
}

async function post(connection: FetchRequest, body: RpcRequest): Promise<RpcResponse> {
  const request = connection.clone();
  request.body = JSON.stringify(body);
  request.setHeader("content-type", "application/json");
  const response = await request.send();
  response.assertOk();
  const answer = response.bodyJson as RpcResponse | RpcResponse[number];
  return Array.isArray(answer) ? answer : [answer];
}

/** Codes and words that endpoints use for "not now": the same call may pass elsewhere. EIP-1474: -32005 limit exceeded. */
const LIMIT_CODES = new Set([429, -32005, -32029]);
const LIMIT_WORDS = /rate.?limit|too many requests|exceeded.{0,40}(capacity|quota|limit)/i;

/** Whether an answer says that this endpoint gives no more for now. */
export function isRateLimited(answers: RpcResponse): boolean {
  return answers.some(
    (answer) =>
      "error" in answer && (LIMIT_CODES.has(answer.error.code) || LIMIT_WORDS.test(answer.error.message ?? "")),
  );
}

/** The start of ethers' message, before the details that name the whole endpoint. */
function reasonOf(error: unknown): string {
  if (isError(error, "SERVER_ERROR") || isError(error, "TIMEOUT")) return error.shortMessage;
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : "no reason given";
}

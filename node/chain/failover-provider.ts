import { JsonRpcProvider, Network } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainError } from "./chain-error.ts";
import type { EndpointRanking } from "./endpoint-ranking.ts";
import { type Endpoint, isRateLimited, type RpcRequest, type RpcResponse } from "./endpoint.ts";
import type { ChainMetrics } from "./metrics.ts";
import type { SecondOpinion } from "./nonce-count.ts";

export interface FailoverOptions {
  readonly chainId: number;
}

export interface FailoverDeps {
  readonly endpoints: readonly Endpoint[];
  readonly ranking: EndpointRanking;
  readonly metrics: ChainMetrics;
}

/**
 * An ethers provider over several endpoints: a request goes to the best one, and on to the next if that one gives no
 * answer or no more for now. Each is asked at most once. An error of the call itself, such as a revert, is an answer.
 * Sending a signed transaction twice is harmless: it has one hash and one nonce.
 */
export class FailoverProvider extends JsonRpcProvider implements SecondOpinion {
  readonly #ranking: EndpointRanking;
  readonly #metrics: ChainMetrics;

  constructor({ chainId }: FailoverOptions, { endpoints, ranking, metrics }: FailoverDeps) {
    // ethers keeps this address for its own requests; there are none, since every one goes through `_send`.
    super(endpoints[0]?.origin, chainId, { staticNetwork: Network.from(chainId), cacheTimeout: -1 });
    this.#ranking = ranking;
    this.#metrics = metrics;
  }

  override async _send(payload: RpcRequest): ReturnType<JsonRpcProvider["_send"]> {
    // The declared type leaves out errors; ethers itself handles them.
    return (await this.#ask(payload, this.#ranking.order())) as Awaited<ReturnType<JsonRpcProvider["_send"]>>;
  }

  async elsewhere(method: string, params: readonly unknown[]): Promise<unknown> {
    const others = this.#ranking.order().slice(1);
    if (others.length === 0) return undefined;
    const payload = { jsonrpc: "2.0", id: 1, method, params: [...params] } as const;
    const [answer] = await this.#ask(payload, others);
    if (answer !== undefined && "result" in answer) return answer.result;
    throw answer === undefined ? unreachable([]) : this.getRpcError(payload, answer);
  }

  async #ask(payload: RpcRequest, endpoints: readonly Endpoint[]): Promise<RpcResponse> {
    const failures: Error[] = [];
    let limited: RpcResponse | undefined;
    for (const endpoint of endpoints) {
      try {
        const answer = await endpoint.send(payload);
        if (!isRateLimited(answer)) return answer;
        this.#metrics.requestFailures.add(1, { ...endpoint.labels, reason: "limited" });
        limited = answer;
      } catch (error) {
        failures.push(error as Error);
      }
      this.#ranking.failed(endpoint);
    }
    if (limited !== undefined) return limited;
    throw unreachable(failures);
  }
}

function unreachable(failures: readonly Error[]): Error {
  const [first, ...others] = failures;
  if (first !== undefined && others.length === 0) return first;
  const what =
    first === undefined
      ? "every endpoint serves another chain: correct chain.rpc or chain.chainId"
      : `none of ${failures.length} endpoints answers: ${failures.map(({ message }) => message).join("; ")}`;
  return new QuorateError<ChainError>({ code: "chain-unreachable", rpc: "all" }, what);
}

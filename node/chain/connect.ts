import type { JsonRpcProvider } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ChainError } from "./chain-error.ts";
import {
  createEndpointRanking,
  type EndpointRanking,
  type EndpointStatus,
  type Probe,
  type RankingChange,
} from "./endpoint-ranking.ts";
import { createEndpoint, type Endpoint } from "./endpoint.ts";
import { FailoverProvider } from "./failover-provider.ts";
import type { ChainMetrics } from "./metrics.ts";

export interface ConnectOptions {
  /** 1…8 endpoints, the preferred one first. */
  readonly rpc: readonly string[];
  readonly chainId: number;
  /** Ends the waiting for a first answer. */
  readonly signal: AbortSignal;
}

export interface ConnectDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ChainMetrics;
}

export interface ChainConnection {
  readonly provider: JsonRpcProvider;
  endpoints(): readonly EndpointStatus[];
  stop(): void;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** Where others can be asked: a call should not wait long for a sick endpoint. */
const FAILOVER_TIMEOUT_MS = 4_000;
const RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000];
/** Between two looks at all endpoints. */
export const PROBE_MS = 5_000;

/**
 * Connects to a chain, trying again with growing pauses for as long as no endpoint can be reached. Afterwards endpoints
 * that fail, lag or change their chain are left out until they are well again.
 * @throws QuorateError `chain-id-mismatch` if all of them serve another chain: that never mends by itself.
 */
export async function connectChain(options: ConnectOptions, deps: ConnectDeps): Promise<ChainConnection> {
  const { rpc, chainId, signal } = options;
  const timeoutMs = rpc.length > 1 ? FAILOVER_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
  const endpoints = rpc.map((url, index) => createEndpoint({ url, index, timeoutMs }, deps));
  const ranking = createEndpointRanking(endpoints);
  const stopping = new AbortController();
  const look = async () => {
    const probes = await Promise.all(endpoints.map((endpoint) => probe(endpoint, chainId)));
    ranking.probed(probes);
    show(ranking, endpoints, deps.metrics);
    return probes;
  };
  await waitForChain(options, deps, look);
  signal.throwIfAborted();
  void keepLooking({ look, ranking }, { ...deps, signal: stopping.signal });
  const provider = new FailoverProvider({ chainId }, { endpoints, ranking, metrics: deps.metrics });
  return {
    provider,
    endpoints: () => ranking.status(),
    stop() {
      stopping.abort();
      provider.destroy();
    },
  };
}

/** Looks until one endpoint serves the right chain. */
async function waitForChain(
  { rpc, chainId, signal }: ConnectOptions,
  { clock, log }: ConnectDeps,
  look: () => Promise<readonly Probe[]>,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const probes = await look();
    if (probes.some(({ kind }) => kind === "well")) return;
    const wrong = probes.flatMap((found) => (found.kind === "other-chain" ? [found.actual] : []));
    const [actual] = wrong;
    if (actual !== undefined && wrong.length === probes.length) throw otherChain(rpc, { expected: chainId, actual });
    const [reason] = probes.flatMap((found) => (found.kind === "silent" ? [found.error.message] : []));
    const delayMs = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)] ?? 0;
    log.warn({ attempt, delayMs, reason }, "the chain cannot be reached; trying again");
    await clock.sleep(delayMs, signal);
  }
}

async function keepLooking(
  { look, ranking }: { look: () => Promise<unknown>; ranking: EndpointRanking },
  { clock, log, signal }: Pick<ConnectDeps, "clock" | "log"> & { signal: AbortSignal },
): Promise<void> {
  for (;;) {
    for (const { endpoint, change } of ranking.changes()) tell(log, endpoint, change);
    await clock.sleep(PROBE_MS, signal);
    if (signal.aborted) return;
    await look();
  }
}

/** Asks one endpoint for its chain and its newest block. Never rejects. */
async function probe(endpoint: Endpoint, chainId: number): Promise<Probe> {
  const question = (id: number, method: string) => ({ jsonrpc: "2.0", id, method, params: [] }) as const;
  try {
    const answers = await endpoint.send([question(1, "eth_chainId"), question(2, "eth_blockNumber")]);
    const resultOf = (wanted: number) => {
      const answer = answers.find(({ id }) => id === wanted);
      return answer !== undefined && "result" in answer ? Number(answer.result) : NaN;
    };
    const [actual, head] = [resultOf(1), resultOf(2)];
    if (!Number.isSafeInteger(actual))
      return { kind: "silent", error: new Error(`${endpoint.origin} states no chain id`) };
    if (actual !== chainId) return { kind: "other-chain", actual };
    return { kind: "well", head: Number.isSafeInteger(head) ? head : undefined };
  } catch (error) {
    return { kind: "silent", error: error as Error };
  }
}

const CHANGES: Record<RankingChange, { level: "info" | "warn" | "error"; message: string }> = {
  recovered: { level: "info", message: "the RPC endpoint is well again" },
  lost: { level: "warn", message: "the RPC endpoint does not answer: others are asked first until it does" },
  lagging: {
    level: "warn",
    message: "the RPC endpoint lags behind the others: they are asked first until it keeps up",
  },
  "other-chain": {
    level: "error",
    message: "the RPC endpoint serves another chain and is not asked: correct chain.rpc",
  },
};

function tell(log: Log, { index, origin }: Endpoint, change: RankingChange): void {
  const { level, message } = CHANGES[change];
  log[level]({ endpoint: index, origin }, message);
}

function show(ranking: EndpointRanking, endpoints: readonly Endpoint[], metrics: ChainMetrics): void {
  for (const { index, up, inUse } of ranking.status()) {
    const labels = endpoints[index]?.labels;
    metrics.endpointUp.set(up ? 1 : 0, labels);
    metrics.endpointInUse.set(inUse ? 1 : 0, labels);
  }
}

function otherChain(rpc: readonly string[], { expected, actual }: { expected: number; actual: number }) {
  const origins = rpc.map((url) => new URL(url).origin).join(", ");
  const verb = rpc.length === 1 ? "serves" : "serve";
  const message = `${origins} ${verb} chain ${actual}, the configuration says ${expected}: correct chain.rpc or chain.chainId`;
  return new QuorateError<ChainError>({ code: "chain-id-mismatch", expected, actual }, message);
}

/** @throws QuorateError `contract-without-code` where nothing is deployed. */
export async function requireCode(provider: JsonRpcProvider, address: Hex): Promise<void> {
  if ((await provider.getCode(address)) !== "0x") return;
  throw new QuorateError<ChainError>(
    { code: "contract-without-code", address },
    `there is no contract at ${address}: correct chain.registry, or deploy first`,
  );
}

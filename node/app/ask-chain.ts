import type { JsonRpcProvider } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Log } from "../../core/ports/log.ts";
import { readChainId } from "../chain/chain-id.ts";
import { connectChain } from "../chain/connect.ts";
import { createEndpoint } from "../chain/endpoint.ts";
import { createChainMetrics } from "../chain/metrics.ts";
import { createPrometheusMeter } from "../telemetry/prometheus-meter.ts";
import { systemClock } from "./system-clock.ts";

export interface AskChainError {
  readonly code: "chain-silent";
  readonly waitedMs: number;
}

export interface AskChainOptions {
  /** At least one endpoint, the preferred one first. */
  readonly rpc: readonly string[];
  /** Default: what the first endpoint says. For questions whose answers are checked against a digest that binds it. */
  readonly chainId?: number;
}

/** For an answer of the chain: a command is not left waiting for ever. */
const PATIENCE_MS = 15_000;
/** What a command has to say it says at its end. */
const QUIET: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A connection for one command. @throws QuorateError<AskChainError> after PATIENCE_MS, or the chain's own errors. */
export async function askChain<T>(
  { rpc, chainId }: AskChainOptions,
  work: (provider: JsonRpcProvider) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const deps = { clock: systemClock, log: QUIET, metrics: createChainMetrics(createPrometheusMeter()) };
  const endpoint = createEndpoint({ url: rpc[0] ?? "", index: 0, timeoutMs: PATIENCE_MS }, deps);
  const id = chainId ?? (await readChainId(endpoint));
  if (id === undefined) throw silent(rpc);
  const connection = await connectChain({ rpc, chainId: id, signal }, deps).catch((cause: unknown) => {
    throw signal.aborted ? silent(rpc, { cause }) : cause;
  });
  try {
    return await work(connection.provider);
  } finally {
    connection.stop();
  }
}

function silent(rpc: readonly string[], options?: ErrorOptions): QuorateError<AskChainError> {
  const origins = rpc.map((url) => new URL(url).origin).join(", ");
  const message = `${origins} did not answer, or not within ${PATIENCE_MS / 1000} s: check the endpoint`;
  return new QuorateError<AskChainError>({ code: "chain-silent", waitedMs: PATIENCE_MS }, message, options);
}

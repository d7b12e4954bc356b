import { FetchRequest, isError, type JsonRpcPayload, JsonRpcProvider, Network } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";

export type ChainError =
  | { readonly code: "chain-unreachable"; readonly rpc: string }
  | { readonly code: "chain-id-mismatch"; readonly expected: number; readonly actual: number }
  | { readonly code: "contract-without-code"; readonly address: Hex }
  | { readonly code: "contract-unknown"; readonly address: Hex }
  | { readonly code: "configuration-missing"; readonly registry: Hex }
  | { readonly code: "configuration-digest-mismatch"; readonly stated: Hex; readonly computed: Hex }
  | { readonly code: "transaction-reverted"; readonly reason: string }
  | { readonly code: "transaction-timeout"; readonly txHash: Hex };

export interface ConnectOptions {
  readonly rpc: string;
  readonly chainId: number;
  readonly signal: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 10_000;
const RECEIPT_POLLING_MS = 250;
const RETRY_DELAYS_MS = [250, 500, 1_000, 2_000, 5_000, 10_000];

/**
 * Connects to a JSON-RPC endpoint, trying again with growing pauses for as long as it cannot be reached.
 * @throws QuorateError `chain-id-mismatch` if it serves another chain: that never mends by itself.
 */
export async function connectChain(
  { rpc, chainId, signal }: ConnectOptions,
  { clock, log }: { clock: Clock; log: Log },
): Promise<JsonRpcProvider> {
  const provider = new DiscreetProvider(rpc, chainId);
  try {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      const actual = await chainIdOf(provider);
      if (actual === chainId) return provider;
      if (typeof actual === "number") throw otherChain({ rpc, expected: chainId, actual });
      const delayMs = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)] ?? 0;
      log.warn({ attempt, delayMs, reason: actual.message }, "the chain cannot be reached; trying again");
      await clock.sleep(delayMs, signal);
    }
  } catch (error) {
    provider.destroy();
    throw error;
  }
}

/** Endpoints often carry an API key in their path or query, and ethers' errors carry the endpoint: here they lose it. */
class DiscreetProvider extends JsonRpcProvider {
  readonly #rpc: string;

  constructor(rpc: string, chainId: number) {
    const request = new FetchRequest(rpc);
    request.timeout = REQUEST_TIMEOUT_MS;
    super(request, chainId, {
      staticNetwork: Network.from(chainId),
      cacheTimeout: -1,
      pollingInterval: RECEIPT_POLLING_MS,
    });
    this.#rpc = withoutSecrets(rpc);
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): ReturnType<JsonRpcProvider["_send"]> {
    try {
      return await super._send(payload);
    } catch (error) {
      const message = `${this.#rpc} does not answer (${reasonOf(error)}): check chain.rpc`;
      throw new QuorateError<ChainError>({ code: "chain-unreachable", rpc: this.#rpc }, message);
    }
  }
}

function otherChain({ rpc, expected, actual }: { rpc: string; expected: number; actual: number }) {
  const message = `${withoutSecrets(rpc)} serves chain ${actual}, the configuration says ${expected}: correct chain.rpc or chain.chainId`;
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

async function chainIdOf(provider: JsonRpcProvider): Promise<number | Error> {
  try {
    return Number(await provider.send("eth_chainId", []));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function withoutSecrets(rpc: string): string {
  return new URL(rpc).origin;
}

/** The start of ethers' message, before the details that name the whole endpoint. */
function reasonOf(error: unknown): string {
  if (isError(error, "SERVER_ERROR") || isError(error, "TIMEOUT")) return error.shortMessage;
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : "no reason given";
}

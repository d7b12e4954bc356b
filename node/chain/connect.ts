import { FetchRequest, JsonRpcProvider, Network } from "ethers";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Hex } from "../../core/types/hex.ts";

export type ChainError =
  | { readonly code: "chain-id-mismatch"; readonly expected: number; readonly actual: number }
  | { readonly code: "contract-without-code"; readonly address: Hex }
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
  const request = new FetchRequest(rpc);
  request.timeout = REQUEST_TIMEOUT_MS;
  const provider = new JsonRpcProvider(request, chainId, {
    staticNetwork: Network.from(chainId),
    cacheTimeout: -1,
    pollingInterval: RECEIPT_POLLING_MS,
  });
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const actual = await chainIdOf(provider).catch((error: unknown) => {
      const delayMs = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)] ?? 0;
      log.warn(
        { rpc: withoutSecrets(rpc), attempt, delayMs, reason: reasonOf(error) },
        "the chain cannot be reached: check chain.rpc; trying again",
      );
      return { delayMs };
    });
    if (typeof actual === "object") {
      await clock.sleep(actual.delayMs, signal);
    } else if (actual === chainId) {
      return provider;
    } else {
      provider.destroy();
      const message = `${withoutSecrets(rpc)} serves chain ${actual}, the configuration says ${chainId}: correct chain.rpc or chain.chainId`;
      throw new QuorateError<ChainError>({ code: "chain-id-mismatch", expected: chainId, actual }, message);
    }
  }
}

/** @throws QuorateError `contract-without-code` where nothing is deployed. */
export async function requireCode(provider: JsonRpcProvider, address: Hex): Promise<void> {
  if ((await provider.getCode(address)) !== "0x") return;
  throw new QuorateError<ChainError>(
    { code: "contract-without-code", address },
    `there is no contract at ${address}: correct chain.registry, or deploy first`,
  );
}

async function chainIdOf(provider: JsonRpcProvider): Promise<number> {
  return Number(await provider.send("eth_chainId", []));
}

/** Endpoints often carry an API key in their path or query. */
function withoutSecrets(rpc: string): string {
  return new URL(rpc).origin;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error);
}

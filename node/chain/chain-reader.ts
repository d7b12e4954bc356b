import { Contract, hexlify, isError, type JsonRpcProvider } from "ethers";
import { configDigest, decodeConfiguration } from "../../core/codec/configuration.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainConfiguration, ChainReader } from "../../core/ports/chain.ts";
import type { StoredFeed } from "../../core/types/chain.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type ChainError, requireCode } from "./connect.ts";
import { committeeRegistryAbi, feedHubAbi } from "./generated/abi.ts";

const NO_DIGEST = `0x${"00".repeat(32)}`;
/** The hub keeps bytes31(digest) and uses the last byte for its flag. */
const KEPT_DIGEST_CHARS = 2 + 31 * 2;

interface FeedResult {
  readonly value: bigint;
  readonly sequence: bigint;
  readonly observedAt: bigint;
  readonly updatedAt: bigint;
}

/**
 * Reads the active configuration and recomputes its digest; nothing is taken on the endpoint's word alone.
 * @throws QuorateError<ChainError> if there is no code, no active configuration, or the digest differs.
 */
export async function readConfiguration(
  { registry }: { registry: Hex },
  { provider }: { provider: JsonRpcProvider },
): Promise<ChainConfiguration> {
  await requireCode(provider, registry);
  const contract = new Contract(registry, committeeRegistryAbi, provider);
  const digest = await activeDigest(contract, registry);
  if (digest === NO_DIGEST) {
    throw new QuorateError<ChainError>(
      { code: "configuration-missing", registry },
      `the registry ${registry} has no active configuration: stage and activate one`,
    );
  }
  const hub = ((await contract.getFunction("hub")()) as string).toLowerCase() as Hex;
  await requireCode(provider, hub);
  const configuration = decodeConfiguration(
    hexlify((await contract.getFunction("configurationOf")(digest)) as string) as Hex,
  );
  const { chainId } = await provider.getNetwork();
  const computed = configDigest(configuration, { chainId, registry, hub });
  if (computed === digest) return { digest, configuration, hub, chainId };
  const message = `the registry states configuration ${digest}, its bytes hash to ${computed}: do not trust this endpoint or registry`;
  throw new QuorateError<ChainError>({ code: "configuration-digest-mismatch", stated: digest, computed }, message);
}

async function activeDigest(contract: Contract, registry: Hex): Promise<Hex> {
  try {
    return (await contract.getFunction("activeDigest")()) as Hex;
  } catch (cause) {
    if (!isError(cause, "CALL_EXCEPTION") && !isError(cause, "BAD_DATA")) throw cause;
    const message = `the contract at ${registry} is no committee registry: correct chain.registry`;
    throw new QuorateError<ChainError>({ code: "contract-unknown", address: registry }, message, { cause });
  }
}

/** Reads the hub for one configuration's feeds. */
export function createChainReader(
  { hub, feedIds }: { hub: Hex; feedIds: readonly Hex[] },
  { provider }: { provider: JsonRpcProvider },
): ChainReader {
  const contract = new Contract(hub, feedHubAbi, provider);
  return {
    async feeds() {
      const feeds = (await contract.getFunction("latestMany")([...feedIds])) as readonly FeedResult[];
      return feeds.map(toStoredFeed);
    },
    async awaitsProof({ index, digest }) {
      const [reportHash, proven] = (await contract.getFunction("reportSlot")(index)) as [string, boolean];
      return !proven && reportHash === digest.slice(0, KEPT_DIGEST_CHARS);
    },
  };
}

function toStoredFeed({ value, sequence, observedAt, updatedAt }: FeedResult): StoredFeed {
  return { value, sequence, observedAt: Number(observedAt), updatedAt: Number(updatedAt) };
}

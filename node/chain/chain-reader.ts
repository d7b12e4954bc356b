import { Contract, hexlify, isError, type JsonRpcProvider } from "ethers";
import { configDigest, decodeConfiguration } from "../../core/codec/configuration.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { ChainConfiguration, ChainReader } from "../../core/ports/chain.ts";
import type { StoredFeed } from "../../core/types/chain.ts";
import type { Hex } from "../../core/types/hex.ts";
import type { ChainError } from "./chain-error.ts";
import { requireCode } from "./connect.ts";
import { isRevert } from "./call-failure.ts";
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

interface ReaderDeps {
  readonly provider: JsonRpcProvider;
}

/**
 * Reads the active configuration and recomputes its digest; nothing is taken on the endpoint's word alone.
 * @throws QuorateError<ChainError> if there is no code, no active configuration, or the digest differs.
 */
export async function readConfiguration(
  { registry }: { registry: Hex },
  { provider }: ReaderDeps,
): Promise<ChainConfiguration> {
  await requireCode(provider, registry);
  const digest = await asRegistry<Hex>(
    registry,
    new Contract(registry, committeeRegistryAbi, provider),
    "activeDigest",
  );
  if (digest === NO_DIGEST) {
    throw new QuorateError<ChainError>(
      { code: "configuration-missing", registry },
      `the registry ${registry} has no active configuration: stage and activate one`,
    );
  }
  return readConfigurationOf({ registry, digest }, { provider });
}

/**
 * Reads any configuration that the registry holds, and recomputes its digest.
 * @throws QuorateError<ChainError> if it is unknown, or the digest differs.
 */
export async function readConfigurationOf(
  { registry, digest }: { registry: Hex; digest: Hex },
  { provider }: ReaderDeps,
): Promise<ChainConfiguration> {
  const contract = new Contract(registry, committeeRegistryAbi, provider);
  const hub = await readHub({ registry }, { provider });
  const encoded = await encodedConfiguration(contract, { registry, digest });
  const configuration = decodeConfiguration(encoded);
  const { chainId } = await provider.getNetwork();
  const computed = configDigest(configuration, { chainId, registry, hub });
  if (computed === digest) return { digest, configuration, hub, chainId };
  const message = `the registry states configuration ${digest}, its bytes hash to ${computed}: do not trust this endpoint or registry`;
  throw new QuorateError<ChainError>({ code: "configuration-digest-mismatch", stated: digest, computed }, message);
}

/**
 * The hub that takes the reports of a registry's committees; it is wired once.
 * @throws QuorateError<ChainError> if there is no registry at the address.
 */
export async function readHub({ registry }: { registry: Hex }, { provider }: ReaderDeps): Promise<Hex> {
  await requireCode(provider, registry);
  const contract = new Contract(registry, committeeRegistryAbi, provider);
  const hub = (await asRegistry<Hex>(registry, contract, "hub")).toLowerCase() as Hex;
  await requireCode(provider, hub);
  return hub;
}

async function encodedConfiguration(
  contract: Contract,
  { registry, digest }: { registry: Hex; digest: Hex },
): Promise<Hex> {
  try {
    return hexlify((await contract.getFunction("configurationOf")(digest)) as string) as Hex;
  } catch (cause) {
    if (!isRevert(cause)) throw cause;
    const message = `the registry ${registry} knows no configuration ${digest}`;
    throw new QuorateError<ChainError>({ code: "configuration-missing", registry }, message, { cause });
  }
}

/** What a contract that must be a registry answers to a question without arguments. */
async function asRegistry<T>(registry: Hex, contract: Contract, question: "activeDigest" | "hub"): Promise<T> {
  try {
    return (await contract.getFunction(question)()) as T;
  } catch (cause) {
    if (!isError(cause, "CALL_EXCEPTION") && !isError(cause, "BAD_DATA")) throw cause;
    const message = `the contract at ${registry} is no committee registry: correct chain.registry`;
    throw new QuorateError<ChainError>({ code: "contract-unknown", address: registry }, message, { cause });
  }
}

/** Reads the hub for one configuration's feeds. */
export function createChainReader(
  { hub, feedIds }: { hub: Hex; feedIds: readonly Hex[] },
  { provider }: ReaderDeps,
): ChainReader {
  const contract = new Contract(hub, feedHubAbi, provider);
  return {
    async feeds() {
      const feeds = (await contract.getFunction("latestMany")([...feedIds])) as readonly FeedResult[];
      return feeds.map(toStoredFeed);
    },
    async lastSequence() {
      const [lastSequence] = (await contract.getFunction("head")()) as [bigint];
      return lastSequence;
    },
    awaitsProof: (report) => awaitsProof(contract, report),
  };
}

function toStoredFeed({ value, sequence, observedAt, updatedAt }: FeedResult): StoredFeed {
  return { value, sequence, observedAt: Number(observedAt), updatedAt: Number(updatedAt) };
}

/** Whether the report in this slot of the hub still waits for a proof. */
export async function awaitsProof(hub: Contract, { index, digest }: { index: bigint; digest: Hex }): Promise<boolean> {
  const [reportHash, proven] = (await hub.getFunction("reportSlot")(index)) as [string, boolean];
  return !proven && reportHash === digest.slice(0, KEPT_DIGEST_CHARS);
}

import { encodeBytes32String, type JsonRpcProvider } from "ethers";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { ChainConfiguration } from "../../../core/ports/chain.ts";
import type { ExportedProof } from "../../../core/proof/proof-document.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { slotOf } from "../../../core/types/sequence.ts";
import { readConfigurationOf, readHub } from "../../chain/chain-reader.ts";
import { configDigestOf, findProof, latestProvenSequence, readProof } from "../../chain/proven-reports.ts";
import { readVerifier } from "../../chain/verifier-key.ts";
import { askChain } from "../ask-chain.ts";

export type ExportProofError =
  | { readonly code: "feed-name-too-long"; readonly feed: string }
  /** The hub named a configuration that it never put in force, or one without a verifier: it is no hub of ours. */
  | { readonly code: "proof-without-committee"; readonly configIndex: number };

/** Which proof. With nothing given the newest one. */
export interface ProofChoice {
  /** The newest proven value of a feed: its name, or its id as 0x and 64 digits. */
  readonly feed?: string;
  readonly sequence?: bigint;
  readonly transaction?: Hex;
}

export interface ExportProofOptions {
  readonly rpc: readonly string[];
  readonly registry: Hex;
  readonly choice: ProofChoice;
  /** How many blocks are searched, from the newest back. */
  readonly blocks: number;
}

interface Place {
  readonly registry: Hex;
  readonly hub: Hex;
}

/**
 * A proven report as the chain has it: proof and values from the transaction that proved it, the committee from the registry. Whether
 * the proof holds is not looked at: the chain did, and whoever reads the export will.
 * @throws QuorateError
 */
export async function exportProof({ rpc, registry, choice, blocks }: ExportProofOptions): Promise<ExportedProof> {
  return askChain({ rpc }, async (provider) => {
    const hub = await readHub({ registry }, { provider });
    const transaction = choice.transaction ?? (await transactionOf({ hub, choice, blocks }, provider));
    const committees = createCommittees({ registry, hub }, provider);
    const lanesOf = async (index: number) => (await committees.withIndex(index)).configuration.lanes;
    const found = await readProof({ hub, transaction, lanesOf }, { provider });
    const { configIndex } = slotOf(found.sequence);
    const { configuration, chainId, digest } = await committees.withIndex(configIndex);
    const verifier = await readVerifier({ registry, configDigest: digest }, { provider });
    if (verifier === undefined) throw withoutCommittee(configIndex);
    const { sequence, observedAt, feeds, proof } = found;
    return {
      ...{ domain: { chainId, registry, hub }, configuration, sequence, observedAt, feeds, proof, transaction },
      ...{ nMax: verifier.nMax, verificationKeyDigest: verifier.verificationKeyDigest },
    };
  });
}

async function transactionOf(
  { hub, choice, blocks }: { hub: Hex; choice: ProofChoice; blocks: number },
  provider: JsonRpcProvider,
): Promise<Hex> {
  const { feed } = choice;
  const sequence =
    feed === undefined ? choice.sequence : await latestProvenSequence({ hub, feedId: feedIdOf(feed) }, { provider });
  return findProof({ hub, sequence, blocks }, { provider });
}

/** The committees of a hub by their index, each read once. */
function createCommittees({ registry, hub }: Place, provider: JsonRpcProvider) {
  const known = new Map<number, Promise<ChainConfiguration>>();
  const read = async (configIndex: number): Promise<ChainConfiguration> => {
    const digest = await configDigestOf({ hub, configIndex }, { provider });
    if (digest === undefined) throw withoutCommittee(configIndex);
    return readConfigurationOf({ registry, digest }, { provider });
  };
  return {
    withIndex(configIndex: number): Promise<ChainConfiguration> {
      const committee = known.get(configIndex) ?? read(configIndex);
      known.set(configIndex, committee);
      return committee;
    },
  };
}

function feedIdOf(feed: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(feed)) return feed.toLowerCase() as Hex;
  try {
    return encodeBytes32String(feed) as Hex;
  } catch (cause) {
    const message = `"${feed}" is no feed's name, which has at most 31 bytes: name the feed, or give its id`;
    throw new QuorateError<ExportProofError>({ code: "feed-name-too-long", feed }, message, { cause });
  }
}

function withoutCommittee(configIndex: number): QuorateError<ExportProofError> {
  const message = `the hub has no provable configuration ${configIndex}: check --registry and the endpoint`;
  return new QuorateError({ code: "proof-without-committee", configIndex }, message);
}

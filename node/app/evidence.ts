import type { JsonRpcProvider } from "ethers";
import { configDigest } from "../../core/codec/configuration.ts";
import { checkEvidence, type EvidenceFault } from "../../core/codec/evidence-check.ts";
import {
  evidenceDocument,
  type EvidenceDocument,
  type ExportedEvidence,
  readEvidenceDocument,
} from "../../core/codec/evidence-document.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CommitteeState } from "../../core/types/committee.ts";
import type { EquivocationKind } from "../../core/types/evidence.ts";
import type { Hex } from "../../core/types/hex.ts";
import { readConfigurationOf } from "../chain/chain-reader.ts";
import { askCourt, convictionCall, type CourtOpinion, registeredState, requireCourtOf } from "../chain/court.ts";
import type { NodeConfig } from "../config/node-config.ts";
import { databaseFile } from "../storage/database.ts";
import { readStoredEvidence, type StoredEvidence } from "../storage/evidence-reader.ts";
import { askChain } from "./ask-chain.ts";

export { databaseFile };

/** A stored piece that convicts nobody: the node never stores such. */
export interface EvidenceCommandError {
  readonly code: "evidence-does-not-hold";
  readonly fault: EvidenceFault["code"];
}

export interface EvidenceFilter {
  readonly member?: number;
  readonly kind?: EquivocationKind;
  readonly configDigest?: Hex;
}

/** A document with the transaction that brings it before the court. */
export interface EvidenceExport extends EvidenceDocument {
  /** For any account to send. Without `to` where the court's address was not given; absent for observations. */
  readonly transaction?: { readonly to?: Hex; readonly data: Hex };
}

export interface VerifyOptions {
  /** Also look the configuration up here; `registry` is the one that the caller trusts. */
  readonly chain?: { readonly rpc: readonly string[]; readonly registry: Hex };
  /** Also ask this court; needs `chain`. */
  readonly court?: Hex;
}

export interface VerifiedEvidence {
  readonly kind: EquivocationKind;
  readonly member: number;
  readonly signer: Hex;
  readonly sequence: bigint;
  readonly configDigest: Hex;
  readonly registry: Hex;
  readonly chainId: bigint;
  readonly holds: boolean;
  readonly fault?: EvidenceFault;
  /** What the caller's registry knows of the configuration; absent where it was not asked. */
  readonly registered?: CommitteeState | "unknown";
  readonly court?: CourtOpinion;
}

/** What a node's database holds, oldest first. The node may be running. */
export function listEvidence(
  { dataDirectory }: Pick<NodeConfig, "dataDirectory">,
  filter: EvidenceFilter = {},
): readonly StoredEvidence[] {
  const { member, kind, configDigest: digest } = filter;
  return readStoredEvidence(databaseFile(dataDirectory)).filter(
    ({ configDigest: about, evidence }) =>
      (member === undefined || evidence.member === member) &&
      (kind === undefined || evidence.kind === kind) &&
      (digest === undefined || about === digest),
  );
}

/**
 * Makes documents that anybody can verify: configurations come from the chain, every piece is verified again first.
 * @throws QuorateError `chain-silent`, `evidence-does-not-hold`, or what is wrong with the registry or the court.
 */
export async function exportEvidence(
  stored: readonly StoredEvidence[],
  { chain, court }: { chain: Pick<NodeConfig["chain"], "rpc" | "chainId" | "registry">; court?: Hex },
): Promise<readonly EvidenceExport[]> {
  if (stored.length === 0) return [];
  return askChain(chain, async (provider) => {
    const registry = chain.registry;
    if (court !== undefined) await requireCourtOf({ court, registry }, { provider });
    const digests = [...new Set(stored.map(({ configDigest: digest }) => digest))];
    const known = await Promise.all(digests.map((digest) => readConfigurationOf({ registry, digest }, { provider })));
    return stored.flatMap(({ configDigest: digest, evidence }) => {
      const found = known.find((entry) => entry.digest === digest);
      if (found === undefined) return [];
      const { configuration, chainId, hub } = found;
      const domain = { chainId, hub, registry: registry.toLowerCase() as Hex };
      return [toExport({ evidence, configuration, domain }, court)];
    });
  });
}

/**
 * Verifies exported evidence, from its own text alone: who signed what, and that both cannot be. With `chain` also that the
 * registry knows the committee; without, the evidence may be about a committee that somebody made up.
 * @param documents parsed JSON of any origin: one document, or several.
 * @throws QuorateError<EvidenceDocumentError> for what is no evidence document.
 */
export async function verifyEvidence(
  documents: unknown,
  { chain, court }: VerifyOptions,
): Promise<readonly VerifiedEvidence[]> {
  const all = (Array.isArray(documents) ? documents : [documents]).map(readEvidenceDocument);
  const offline = all.map(verifyAlone);
  const [first] = all;
  if (chain === undefined || first === undefined) return offline;
  const chainId = Number(first.domain.chainId);
  return askChain({ rpc: chain.rpc, chainId }, async (provider) => {
    if (court !== undefined) await requireCourtOf({ court, registry: chain.registry }, { provider });
    const verified: VerifiedEvidence[] = [];
    for (const [index, exported] of all.entries()) {
      const alone = offline[index];
      if (alone !== undefined)
        verified.push(await lookUp(alone, exported, { provider, registry: chain.registry, court }));
    }
    return verified;
  });
}

function toExport(exported: ExportedEvidence, court: Hex | undefined): EvidenceExport {
  const { fault, configDigest: digest } = verifyAlone(exported);
  if (fault !== undefined) {
    const data = { code: "evidence-does-not-hold", fault: fault.code } as const;
    const message = `stored evidence against member ${exported.evidence.member} does not hold (${fault.code}): was the database changed by hand?`;
    throw new QuorateError<EvidenceCommandError>(data, message);
  }
  const data = convictionCall(exported.evidence, digest);
  const document = evidenceDocument(exported);
  if (data === undefined) return document;
  return { ...document, transaction: court === undefined ? { data } : { to: court, data } };
}

function verifyAlone(exported: ExportedEvidence): VerifiedEvidence {
  const { evidence, configuration, domain } = exported;
  const { kind, member, sequence } = evidence;
  const digest = configDigest(configuration, domain);
  const fault = checkEvidence(evidence, { configuration, configDigest: digest, domain });
  return {
    ...{ kind, member, sequence, configDigest: digest, registry: domain.registry, chainId: domain.chainId },
    signer: evidenceDocument(exported).signer,
    holds: fault === undefined,
    ...(fault !== undefined && { fault }),
  };
}

async function lookUp(
  alone: VerifiedEvidence,
  { evidence, domain }: ExportedEvidence,
  { provider, registry, court }: { provider: JsonRpcProvider; registry: Hex; court: Hex | undefined },
): Promise<VerifiedEvidence> {
  const { chainId } = await provider.getNetwork();
  const digest = alone.configDigest;
  // The digest binds chain, registry and hub: the right registry knows no other configuration by this name.
  const registered = domain.chainId === chainId ? await registeredState({ registry, digest }, { provider }) : "unknown";
  const call = court === undefined ? undefined : convictionCall(evidence, digest);
  return {
    ...alone,
    holds: alone.holds && registered !== "unknown" && registered !== "staged",
    registered,
    ...(court !== undefined && call !== undefined && { court: await askCourt({ court, call }, { provider }) }),
  };
}

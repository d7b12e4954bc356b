import type { JsonRpcProvider } from "ethers";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { ReadProvenReport } from "../../../core/codec/report-update.ts";
import { type ExportedProof, reportOf } from "../../../core/proof/proof-document.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { registeredState } from "../../chain/court.ts";
import { type ProvenReportError, readProof } from "../../chain/proven-reports.ts";
import { readVerifier } from "../../chain/verifier-key.ts";
import { shapeFault } from "./key-circuit.ts";
import type { ProofFinding } from "./proof-finding.ts";

/** What a chain says: a reason against the document, or what it vouches for. */
export interface ChainFinding {
  readonly fault?: ProofFinding;
  readonly checked: readonly string[];
}

/** What `readProof` says of transactions that no export names. */
const NO_PROOF_OF_IT: ReadonlySet<string> = new Set<ProvenReportError["code"]>([
  ...(["transaction-proves-nothing", "proof-not-in-calldata", "proof-unreadable"] as const),
]);

interface Deps {
  readonly provider: JsonRpcProvider;
  /** The registry that the reader trusts. */
  readonly registry: Hex;
}

/** Holds a document against the chain: committee, verification key, and, where the document names it, the transaction that proved it. */
export async function judgeByChain(exported: ExportedProof, deps: Deps): Promise<ChainFinding> {
  const { chainId } = await deps.provider.getNetwork();
  const { domain } = exported;
  if (domain.chainId !== chainId)
    return fault("other-chain", `it is about chain ${domain.chainId}, the endpoint serves ${chainId}`);
  const committee = await judgeCommittee(exported, deps);
  if (committee.fault !== undefined || exported.transaction === undefined) return committee;
  const proven = await judgeTransaction(exported, exported.transaction, deps);
  return { ...proven, checked: [...committee.checked, ...proven.checked] };
}

async function judgeCommittee(exported: ExportedProof, { provider, registry }: Deps): Promise<ChainFinding> {
  const { configDigest } = reportOf(exported);
  const state = await registeredState({ registry, digest: configDigest }, { provider });
  // The digest binds chain, registry and hub: the right registry knows no other configuration by this name.
  if (state !== "active" && state !== "retired")
    return fault("configuration-not-in-force", `to the registry ${registry} its configuration is ${state}`);
  const verifier = await readVerifier({ registry, configDigest }, { provider });
  const { nMax, verificationKeyDigest } = exported;
  if (verifier?.verificationKeyDigest !== verificationKeyDigest || verifier.nMax !== nMax) {
    const theirs =
      verifier === undefined
        ? "takes no proofs"
        : `is ${verifier.verificationKeyDigest} for up to ${verifier.nMax} members`;
    return fault(
      "verifier-differs",
      `its verification key is ${verificationKeyDigest} for up to ${nMax} members, the chain's ${theirs}`,
    );
  }
  const unfit = shapeFault("of the chain's verifier", verifier, exported);
  if (unfit !== undefined) return { fault: unfit, checked: [] };
  return {
    checked: [
      `the registry ${registry} knows the committee, which is ${state}`,
      `the chain checks its proofs with this key, whose circuit takes ${verifier.k} members`,
    ],
  };
}

async function judgeTransaction(exported: ExportedProof, transaction: Hex, { provider }: Deps): Promise<ChainFinding> {
  const { domain, configuration } = exported;
  try {
    const lanesOf = () => Promise.resolve(configuration.lanes);
    const found = await readProof({ hub: domain.hub, transaction, lanesOf }, { provider });
    if (isSameReport(exported, found))
      return { checked: [`the hub took this report, signed by f+1 members, and a proof of it in ${transaction}`] };
    return fault("transaction-differs", `the transaction ${transaction} proved another report`);
  } catch (error) {
    if (!(error instanceof QuorateError) || !NO_PROOF_OF_IT.has(error.code as string)) throw error;
    return fault("transaction-differs", error.message);
  }
}

/** Of the same hub, whose sequence names the committee. The proof may be another one. */
function isSameReport(exported: ExportedProof, found: ReadProvenReport): boolean {
  const { sequence, observedAt, feeds } = exported;
  const { mask, values } = found.feeds;
  const isSameSlot = found.sequence === sequence && found.observedAt === observedAt;
  const isSameLength = feeds.mask === mask && feeds.values.length === values.length;
  return isSameSlot && isSameLength && feeds.values.every((value, lane) => value === values[lane]);
}

function fault(code: string, reason: string): ChainFinding {
  return { fault: { code, reason }, checked: [] };
}

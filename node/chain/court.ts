import { Contract, dataSlice, Interface, isError, type JsonRpcProvider } from "ethers";
import { assertNever } from "../../core/errors/assert-never.ts";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { CommitteeState } from "../../core/types/committee.ts";
import type { Equivocation, SignedProposalHeader, SignedReport } from "../../core/types/evidence.ts";
import type { Hex } from "../../core/types/hex.ts";
import { requireCode } from "./connect.ts";
import { committeeRegistryAbi, equivocationCourtAbi } from "./generated/abi.ts";

export type CourtError =
  | { readonly code: "court-unknown"; readonly court: Hex }
  | { readonly code: "court-of-another-registry"; readonly court: Hex; readonly registry: Hex };

/** What the court says to evidence now. */
export type CourtOpinion =
  /** It takes it: the member would be marked. */
  | { readonly kind: "convicts" }
  | { readonly kind: "already-convicted" }
  /** The name of the contract's error. */
  | { readonly kind: "refuses"; readonly error: string };

const COURT = new Interface(equivocationCourtAbi);
const WORD_BYTES = 32;
/** The registry's states, in the order of its enum. */
const STATES: readonly (CommitteeState | "unknown")[] = ["unknown", "staged", "active", "retired", "revoked"];

/**
 * The calldata that convicts a member before the EquivocationCourt, whoever sends it; undefined for observations, whose
 * signatures no contract reads. Signatures are not verified here: see `checkEvidence`.
 */
export function convictionCall(evidence: Equivocation, configDigest: Hex): Hex | undefined {
  switch (evidence.kind) {
    case "proposal": {
      const [first, second] = [toSignedProposal(evidence.first), toSignedProposal(evidence.second)];
      return encode("convictOfProposals", [configDigest, evidence.sequence, first, second]);
    }
    case "report":
      return encode("convictOfReports", [toSignedReport(evidence.first), toSignedReport(evidence.second)]);
    case "observation":
      return undefined;
    default:
      return assertNever(evidence);
  }
}

/** @throws QuorateError<CourtError | ChainError> unless the contract is a court for this registry. */
export async function requireCourtOf(
  { court, registry }: { court: Hex; registry: Hex },
  { provider }: { provider: JsonRpcProvider },
): Promise<void> {
  await requireCode(provider, court);
  const itsRegistry = await registryOf(court, provider);
  if (itsRegistry === registry.toLowerCase()) return;
  const data = { code: "court-of-another-registry", court, registry: itsRegistry } as const;
  throw new QuorateError<CourtError>(
    data,
    `the court ${court} judges committees of the registry ${itsRegistry}, not of ${registry}: name the right one with --court`,
  );
}

/** Asks the court without sending anything. */
export async function askCourt(
  { court, call }: { court: Hex; call: Hex },
  { provider }: { provider: JsonRpcProvider },
): Promise<CourtOpinion> {
  try {
    await provider.call({ to: court, data: call });
    return { kind: "convicts" };
  } catch (error) {
    if (!isError(error, "CALL_EXCEPTION")) throw error;
    const name = error.data === null ? undefined : COURT.parseError(error.data)?.name;
    if (name === "AlreadyConvicted") return { kind: "already-convicted" };
    return { kind: "refuses", error: name ?? "a revert without a reason" };
  }
}

/** Where a configuration stands in the registry. */
export async function registeredState(
  { registry, digest }: { registry: Hex; digest: Hex },
  { provider }: { provider: JsonRpcProvider },
): Promise<CommitteeState | "unknown"> {
  await requireCode(provider, registry);
  const contract = new Contract(registry, committeeRegistryAbi, provider);
  const { state } = (await contract.getFunction("statement").staticCall(digest)) as { state: bigint };
  return STATES[Number(state)] ?? "unknown";
}

async function registryOf(court: Hex, provider: JsonRpcProvider): Promise<Hex> {
  try {
    const contract = new Contract(court, equivocationCourtAbi, provider);
    return ((await contract.getFunction("registry").staticCall()) as string).toLowerCase() as Hex;
  } catch (cause) {
    if (!isError(cause, "CALL_EXCEPTION") && !isError(cause, "BAD_DATA")) throw cause;
    const message = `the contract at ${court} is no court of equivocation: name the right one with --court`;
    throw new QuorateError<CourtError>({ code: "court-unknown", court }, message, { cause });
  }
}

function encode(method: "convictOfProposals" | "convictOfReports", args: readonly unknown[]): Hex {
  return COURT.encodeFunctionData(method, args) as Hex;
}

function toSignedProposal({ observationsHash, signature }: SignedProposalHeader) {
  return { observationsHash, ...wordsOf(signature) };
}

function toSignedReport({ report, signature }: SignedReport) {
  return { report, ...wordsOf(signature) };
}

function wordsOf(signature: Hex) {
  return { r: dataSlice(signature, 0, WORD_BYTES), vs: dataSlice(signature, WORD_BYTES) };
}

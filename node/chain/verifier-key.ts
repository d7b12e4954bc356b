import { Contract, type JsonRpcProvider, ZeroAddress } from "ethers";
import type { CircuitShape } from "../../core/proof/circuit.ts";
import type { Hex } from "../../core/types/hex.ts";
import { committeeRegistryAbi, medianVerifierAbi } from "./generated/abi.ts";

/** The contract that checks a committee's proofs, as it describes itself. */
export interface CommitteeVerifier extends CircuitShape {
  readonly verificationKeyDigest: Hex;
}

interface Committee {
  readonly registry: Hex;
  readonly configDigest: Hex;
}

/**
 * Digest of the verification key that the hub checks this committee's proofs with: see core/proof/verification-key.ts.
 * Undefined for a committee that only signs.
 */
export async function readVerifierKey(
  committee: Committee,
  { provider }: { provider: JsonRpcProvider },
): Promise<Hex | undefined> {
  const contract = await verifierOf(committee, provider);
  return contract === undefined ? undefined : ((await contract.getFunction("verificationKeyDigest")()) as Hex);
}

/** All that the verifier says of its circuit. Undefined for a committee that only signs. */
export async function readVerifier(
  committee: Committee,
  { provider }: { provider: JsonRpcProvider },
): Promise<CommitteeVerifier | undefined> {
  const contract = await verifierOf(committee, provider);
  if (contract === undefined) return undefined;
  const ask = async (question: string) => (await contract.getFunction(question)()) as bigint;
  const [nMax, k, lanes] = await Promise.all([ask("nMax"), ask("k"), ask("lanes")]);
  const verificationKeyDigest = (await contract.getFunction("verificationKeyDigest")()) as Hex;
  return { nMax: Number(nMax), k: Number(k), lanes: Number(lanes), verificationKeyDigest };
}

async function verifierOf(
  { registry, configDigest }: Committee,
  provider: JsonRpcProvider,
): Promise<Contract | undefined> {
  const contract = new Contract(registry, committeeRegistryAbi, provider);
  const { verifier } = (await contract.getFunction("statement")(configDigest)) as { verifier: string };
  return verifier === ZeroAddress ? undefined : new Contract(verifier, medianVerifierAbi, provider);
}

import { Contract, type JsonRpcProvider, ZeroAddress } from "ethers";
import type { Hex } from "../../core/types/hex.ts";
import { committeeRegistryAbi, medianVerifierAbi } from "./generated/abi.ts";

/**
 * Digest of the verification key that the hub checks this committee's proofs with: see core/proof/verification-key.ts.
 * Undefined for a committee that only signs.
 */
export async function readVerifierKey(
  { registry, configDigest }: { registry: Hex; configDigest: Hex },
  { provider }: { provider: JsonRpcProvider },
): Promise<Hex | undefined> {
  const contract = new Contract(registry, committeeRegistryAbi, provider);
  const { verifier } = (await contract.getFunction("statement")(configDigest)) as { verifier: string };
  if (verifier === ZeroAddress) return undefined;
  const median = new Contract(verifier, medianVerifierAbi, provider);
  return (await median.getFunction("verificationKeyDigest")()) as Hex;
}

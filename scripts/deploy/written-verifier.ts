import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { CONTRACTS } from "../circuits/paths.ts";
import type { WrittenDescription } from "./description-schema.ts";
import type { VerifierOptions } from "./modules/Quorate.ts";
import { requireKey, requireNoDevelopmentVerifier } from "./verifier-key.ts";

type WrittenVerifier = Extract<WrittenDescription["verifier"], { contract: string }>;

/**
 * A verifier that a person describes. Where its contract is one that snarkjs generated, the description is compared with the key in it;
 * for any other the person answers.
 * @param contracts the folder that Hardhat compiles.
 * @throws QuorateError<DeployError> as `requireKey`.
 */
export async function writtenVerifier(
  { contract, nMax, k, lanes, verificationKeyDigest, setup }: WrittenVerifier,
  { chainId, contracts = CONTRACTS }: { readonly chainId: number; readonly contracts?: string },
): Promise<VerifierOptions> {
  const verifier = { groth16: contract, shape: { nMax, k, lanes }, verificationKeyDigest, setup };
  await requireNoDevelopmentVerifier(chainId, { contract, digests: [verificationKeyDigest] });
  for (const { file, source } of await sourcesOf(contract, contracts))
    await requireKey(verifier, { chainId, file, source });
  return verifier;
}

/** The files that declare a contract. */
async function sourcesOf(contract: string, contracts: string): Promise<{ file: string; source: string }[]> {
  const names = await readdir(contracts, { recursive: true });
  const files = names.filter((name) => name.endsWith(".sol")).map((name) => path.join(contracts, name));
  const sources = files.map(async (file) => ({ file, source: await readFile(file, "utf8") }));
  const declaration = new RegExp(`\\bcontract\\s+${contract}\\b`);
  return (await Promise.all(sources)).filter(({ source }) => declaration.test(source));
}

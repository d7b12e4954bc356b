import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressesOf, readAddressBook } from "../address-book.ts";
import { requireChain, requireCode } from "../chain-checks.ts";
import { deploymentDiffers } from "../configure-described.ts";
import { checkDeployed } from "../deployed-state.ts";
import { readDescription } from "../description.ts";
import { inSession } from "./session.ts";

interface CheckArguments {
  readonly description: string;
  readonly deployment: string | undefined;
}

export default async function check({ description: file, deployment }: CheckArguments, hre: HardhatRuntimeEnvironment) {
  return inSession(hre, { deployment, sends: false }, async ({ connection, place }) => {
    const { provider } = connection.ethers;
    const description = await readDescription(file);
    const book = await readAddressBook(place.file);
    await requireChain(provider, description.chainId);
    await requireChain(provider, book.chainId, "the addresses file");
    await requireCode(provider, addressesOf(book));
    const differences = await checkDeployed(description, { provider, book });
    if (differences.length > 0) throw deploymentDiffers(differences);
    console.log("the chain is as described: wiring, verifier, proxies and the configuration in force");
  });
}

import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readAddressBook } from "../address-book.ts";
import { prepareVerification, writeVerification } from "../verification.ts";
import { inSession, shown } from "./session.ts";

interface VerificationArguments {
  readonly deployment: string | undefined;
  readonly out: string | undefined;
}

export default async function verification({ deployment, out }: VerificationArguments, hre: HardhatRuntimeEnvironment) {
  return inSession(hre, { deployment, sends: false }, async (session) => {
    const { connection, place } = session;
    const { root } = hre.config.paths;
    const book = await readAddressBook(place.file);
    const { solidity, artifacts } = hre;
    const deps = { solidity, artifacts, provider: connection.ethers.provider, root };
    const inputs = await prepareVerification(book, deps);
    const folder = path.resolve(out ?? path.join(root, "build", "verification", place.name));
    await writeVerification(folder, inputs);
    const foreign = inputs.contracts.filter(({ standardJsonInput }) => standardJsonInput === null);
    console.log(
      `${inputs.contracts.length - foreign.length} contracts compile to the chain's code; inputs and contracts.json in ${shown(session, folder)}`,
    );
    for (const { name, contractName } of foreign)
      console.log(`${name} was deployed as published bytecode, without input: ${contractName}`);
    return inputs;
  });
}

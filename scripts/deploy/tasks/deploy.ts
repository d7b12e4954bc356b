import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { isDevelopmentChain } from "../../../node/config/chain-config.ts";
import { ensureContracts } from "../../toolchain/contracts.ts";
import { buildContracts } from "../../toolchain/hardhat.ts";
import { contractsOf } from "../address-book.ts";
import { deployDescribed } from "../deploy-described.ts";
import { type Description, readDescription } from "../description.ts";
import { inSession, shown } from "./session.ts";
import { columns } from "./text.ts";

interface DeployArguments {
  readonly description: string;
  readonly deployment: string | undefined;
}

export default async function deploy(
  { description: file, deployment }: DeployArguments,
  hre: HardhatRuntimeEnvironment,
) {
  return inSession(hre, { deployment, sends: true }, async (session) => {
    const { connection, place, simulated } = session;
    const description = await readDescription(file);
    await compile(description);
    await hre.artifacts.clearCache();
    const { book, transactions, forgotten } = await deployDescribed({
      ...{ connection, description, name: place.name, commit: await commitOf(hre.config.paths.root) },
      journal: simulated ? undefined : place.journal,
      file: simulated ? undefined : place.file,
      progress: process.stdout.isTTY,
      sourceOf: async (contract) => (await hre.artifacts.readArtifact(contract)).sourceName,
    });
    if (forgotten) console.log("an earlier development chain is gone: its journal and addresses were dropped");
    console.log(columns(contractsOf(book).map(([name, { address }]) => [name, address])));
    const done = transactions === 0 ? "nothing to do: all of it was there" : `${transactions} transactions`;
    const where = simulated
      ? "this chain ends with the task, so nothing was written: choose a network with --network"
      : `addresses in ${shown(session, place.file)}`;
    console.log(`${done}; ${where}`);
    return book;
  });
}

/**
 * For a chain of value each contract is compiled apart from the others, as Ignition's own task does: so its bytecode, which
 * holds a hash of the settings, does not depend on what else was compiled at the time.
 */
async function compile({ chainId }: Description): Promise<void> {
  if (isDevelopmentChain(chainId)) return ensureContracts();
  console.log("compiling each contract on its own: a minute or so the first time");
  return buildContracts(["--build-profile", "production", "--no-tests"]);
}

/** Undefined outside a git checkout. */
async function commitOf(root: string): Promise<string | undefined> {
  const args = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
  const { stdout } = await promisify(execFile)("git", args, { cwd: root }).catch(() => ({ stdout: "" }));
  return stdout.trim() || undefined;
}

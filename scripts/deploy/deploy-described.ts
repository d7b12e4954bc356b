import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { getVerificationInformation } from "@nomicfoundation/ignition-core";
import type { BaseContract } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { isDevelopmentChain } from "../../node/config/chain-config.ts";
import {
  type AddressBook,
  type BookedContract,
  addressesOf,
  createAddressBook,
  findAddressBook,
  writeAddressBook,
} from "./address-book.ts";
import { requireChain, requireCode } from "./chain-checks.ts";
import { constructorArgumentsOf, type DeployedModule } from "./constructor-arguments.ts";
import type { Description } from "./description.ts";
import type { DeployError } from "./errors.ts";
import { recoverLostTransaction } from "./lost-transaction.ts";
import { createQuorateFeedsModule } from "./modules/QuorateFeeds.ts";

/** Ignition sends one after the other, so an interruption loses at most one; more would be a fault of the endpoint. */
const MAX_LOST = 2;

export interface DeployDescribedOptions {
  readonly connection: NetworkConnection;
  readonly description: Description;
  /** Names the deployment to Ignition. */
  readonly name: string;
  /** Ignition's folder for it; undefined on a simulated network, which ends with its process. */
  readonly journal: string | undefined;
  /** The addresses file; undefined to write none. */
  readonly file: string | undefined;
  /** Source and name of a compiled contract: `hre.artifacts`. */
  readonly sourceOf: (contract: string) => Promise<string>;
  /** Of the checkout, if it is one. */
  readonly commit: string | undefined;
  /** Whether Ignition shows how far it is: on a slow chain that takes minutes. */
  readonly progress?: boolean;
}

export interface DeployOutcome {
  readonly book: AddressBook;
  /** How many this run sent; 0 when everything was there. */
  readonly transactions: number;
  /** Whether an earlier development chain's journal and addresses were dropped. */
  readonly forgotten: boolean;
}

/**
 * Deploys what a description asks for and is not there yet, with Ignition, and writes the addresses file. A run that was
 * interrupted is taken up where it stopped.
 * @throws QuorateError<DeployError>; whatever Ignition says stands in the message of `deployment-failed`.
 */
export async function deployDescribed(options: DeployDescribedOptions): Promise<DeployOutcome> {
  const { connection, description, file } = options;
  const { provider } = connection.ethers;
  await requireChain(provider, description.chainId);
  const forgotten = await forgetEndedChain(options);
  const earlier = file === undefined ? undefined : await findAddressBook(file);
  if (earlier !== undefined) await requireContinuable(earlier, options);

  const accounts = (await connection.provider.request({ method: "eth_accounts" })) as string[];
  const [deployer] = accounts;
  if (deployer === undefined) {
    const message = "the network has no account to deploy with: give it one (accounts in hardhat.config.ts)";
    throw new QuorateError<DeployError>({ code: "no-account" }, message);
  }
  const block = (await provider.getBlockNumber()) + 1;
  const nonce = await provider.getTransactionCount(deployer);
  const module = createQuorateFeedsModule({
    ...{ historyDepth: description.historyDepth, feeds: description.feeds },
    ...(description.verifier && { verifier: description.verifier }),
    ownerSetsVerifier: true,
  });
  const contracts = await runIgnition(options, module);
  const fresh = await bookOf({ contracts, futures: module.results, accounts }, options);
  const book = createAddressBook({
    ...fresh,
    contracts: { ...fresh.contracts, pyth: fresh.contracts.pyth ?? earlier?.contracts.pyth },
    feeds: mergedFeeds(earlier, fresh),
    block: earlier?.block ?? (await firstBlock(options)) ?? block,
    commit: earlier === undefined ? (options.commit ?? null) : earlier.commit,
    configuration: earlier?.configuration ?? null,
  });
  if (file !== undefined) await writeAddressBook(file, book);
  const transactions = (await provider.getTransactionCount(deployer)) - nonce;
  return { book, transactions, forgotten };
}

/** A development chain that was started anew holds nothing: what earlier ones left here would only mislead Ignition. */
async function forgetEndedChain({ connection, description, journal, file }: DeployDescribedOptions): Promise<boolean> {
  if (journal === undefined || !isDevelopmentChain(description.chainId)) return false;
  const booked = file === undefined ? undefined : await findAddressBook(file);
  const [address = booked?.contracts.registry.address] = await journaledAddresses(journal);
  if (address === undefined || (await connection.ethers.provider.getCode(address)) !== "0x") return false;
  await rm(journal, { recursive: true, force: true });
  if (file !== undefined) await rm(file, { force: true });
  return true;
}

async function journaledAddresses(journal: string): Promise<string[]> {
  const text = await readFile(path.join(journal, "deployed_addresses.json"), "utf8").catch(() => "{}");
  return Object.values(JSON.parse(text) as Record<string, string>);
}

/** Without its journal Ignition would deploy everything a second time. */
async function requireContinuable(
  book: AddressBook,
  { connection, journal, file = "" }: DeployDescribedOptions,
): Promise<void> {
  await requireChain(connection.ethers.provider, book.chainId, file);
  await requireCode(connection.ethers.provider, addressesOf(book));
  if (journal === undefined || existsSync(journal)) return;
  const message =
    `${file} tells of a deployment whose journal is not here: restore ${journal} to continue it, ` +
    "or name another deployment (--deployment) to begin a new one";
  throw new QuorateError<DeployError>({ code: "journal-missing", file, journal }, message);
}

async function runIgnition(
  options: DeployDescribedOptions,
  module: ReturnType<typeof createQuorateFeedsModule>,
): Promise<Readonly<Record<string, BaseContract>>> {
  const { connection, name, journal, progress = false } = options;
  const named = journal === undefined ? {} : { deploymentId: name };
  for (let recovered = 0; ; recovered++) {
    try {
      return await connection.ignition.deploy(module, { ...named, displayUi: progress });
    } catch (cause) {
      const again =
        journal !== undefined && recovered < MAX_LOST && (await recoverLostTransaction(cause, { connection, journal }));
      if (!again) throw failureOf(cause);
    }
  }
}

function failureOf(cause: unknown): QuorateError<DeployError> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const said = reason.replaceAll(/\s*\n\s*/g, " ");
  if (reason.includes("reconciliation errors")) {
    const mend =
      "what is deployed cannot be changed: go back to the description, the contracts and the account that it was " +
      "deployed with, or begin a new deployment (--deployment)";
    return new QuorateError({ code: "deployment-changed" }, `${mend}. Ignition: ${said}`, { cause });
  }
  const mend = "run the task again to continue where it stopped";
  return new QuorateError({ code: "deployment-failed" }, `${mend}. Ignition: ${said}`, { cause });
}

type FreshBook = Omit<AddressBook, "format" | "block" | "commit" | "configuration">;

async function bookOf(deployed: DeployedModule, options: DeployDescribedOptions): Promise<FreshBook> {
  const { description, sourceOf } = options;
  const entry = async (name: string): Promise<BookedContract> => {
    const [contract, future] = [deployed.contracts[name], deployed.futures[name]];
    if (contract === undefined || future === undefined || !("contractName" in future))
      throw new TypeError(`the Ignition module deploys no ${name}`);
    const source = "artifact" in future ? future.artifact.sourceName : await sourceOf(future.contractName);
    return {
      address: (await contract.getAddress()).toLowerCase() as Hex,
      contract: `${source}:${future.contractName}`,
      constructorArguments: await constructorArgumentsOf(deployed, name),
    };
  };
  const optional = (name: string) => (deployed.contracts[name] === undefined ? undefined : entry(name));
  const feeds = description.feeds.map(async ({ id, description: text, decimals }, index) => ({
    ...{ id, description: text, decimals, proxy: await entry(`proxy${index}`) },
    ...{ api3: await optional(`api3${index}`), chronicle: await optional(`chronicle${index}`) },
  }));
  return {
    chainId: description.chainId,
    contracts: {
      poseidon: await entry("poseidon"),
      registry: await entry("registry"),
      hub: await entry("hub"),
      court: await entry("court"),
      desk: await entry("desk"),
      groth16: await optional("groth16"),
      verifier: await optional("verifier"),
      pyth: await optional("pyth"),
    },
    feeds: await Promise.all(feeds),
  };
}

/** What is described no longer, a feed or an adapter, keeps its contract: somebody may read it. */
function mergedFeeds(earlier: AddressBook | undefined, { feeds }: FreshBook): AddressBook["feeds"] {
  const before = new Map(earlier?.feeds.map((feed) => [feed.id, feed]));
  const merged = feeds.map((feed) => {
    const known = before.get(feed.id);
    return { ...feed, api3: feed.api3 ?? known?.api3, chronicle: feed.chronicle ?? known?.chronicle };
  });
  for (const { id } of feeds) before.delete(id);
  return [...merged, ...before.values()];
}

/** The block of the first contract, as Ignition remembers it: an earlier run may have sent it. */
async function firstBlock({ connection, journal }: DeployDescribedOptions): Promise<number | undefined> {
  if (journal === undefined) return undefined;
  const blocks: number[] = [];
  for await (const info of getVerificationInformation(journal)) {
    if (typeof info === "string" || info.creationTxHash === undefined) continue;
    const receipt = await connection.ethers.provider.getTransactionReceipt(info.creationTxHash);
    if (receipt !== null) blocks.push(receipt.blockNumber);
  }
  return blocks.length === 0 ? undefined : Math.min(...blocks);
}

import path from "node:path";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import type { Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type AddressBook, contractsOf } from "./address-book.ts";
import { requireChain } from "./chain-checks.ts";
import type { DeployError } from "./errors.ts";

type Solidity = HardhatRuntimeEnvironment["solidity"];
type CompilationJob = Parameters<Solidity["runCompilationJob"]>[0];
type CompilerInput = Awaited<ReturnType<CompilationJob["getSolcInput"]>>;

export interface VerificationDeps {
  readonly solidity: Solidity;
  readonly artifacts: HardhatRuntimeEnvironment["artifacts"];
  readonly provider: Provider;
  /** The checkout. */
  readonly root: string;
}

/** What an explorer asks for, in its own words. */
export interface VerifiableContract {
  /** For a person. */
  readonly name: string;
  readonly address: Hex;
  /** Source and name, as the standard JSON input spells them. */
  readonly contractName: string;
  readonly compilerVersion: string;
  /** ABI-encoded, without 0x. */
  readonly constructorArguments: string;
  /** File with the standard JSON input, beside this list; null where it was not compiled here. */
  readonly standardJsonInput: string | null;
}

export interface VerificationInputs {
  readonly contracts: readonly VerifiableContract[];
  /** Standard JSON inputs by file name. */
  readonly inputs: ReadonlyMap<string, CompilerInput>;
}

/** Bytecode that a compiler made, with the places that the constructor fills in. */
export interface CompiledCode {
  readonly object: string;
  readonly immutableReferences?: Readonly<Record<string, readonly { start: number; length: number }[]>>;
}

/**
 * The input with which explorers verify each contract: its own sources and no others. Each is compiled here, and must come
 * out as the code on the chain, metadata and all.
 * @throws QuorateError<DeployError> `code-differs`.
 */
export async function prepareVerification(book: AddressBook, deps: VerificationDeps): Promise<VerificationInputs> {
  await requireChain(deps.provider, book.chainId, "the addresses file");
  const groups = Map.groupBy(contractsOf(book), ([, { contract }]) => contract);
  const inputs = new Map<string, CompilerInput>();
  const contracts: VerifiableContract[] = [];
  for (const [contract, members] of groups) {
    const [source = "", plainName = ""] = contract.split(":");
    const addresses = members.map(([, { address }]) => address);
    const compiled = source.startsWith("contracts/") ? await matching({ contract, addresses }, deps) : undefined;
    const standardJsonInput = compiled === undefined ? null : `${plainName}.json`;
    if (compiled !== undefined) inputs.set(`${plainName}.json`, compiled.input);
    for (const [name, { address, constructorArguments }] of members)
      contracts.push({
        ...{ name, address, contractName: compiled?.contractName ?? contract },
        compilerVersion: compiled?.compilerVersion ?? "",
        ...{ constructorArguments: constructorArguments.slice(2), standardJsonInput },
      });
  }
  return { contracts, inputs };
}

/** Writes the inputs, and `contracts.json` that lists what they are for. */
export async function writeVerification(folder: string, { contracts, inputs }: VerificationInputs): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, input] of inputs) await writeFile(path.join(folder, name), `${JSON.stringify(input, null, 2)}\n`);
  await writeFile(path.join(folder, "contracts.json"), `${JSON.stringify(contracts, null, 2)}\n`);
}

/** Whether code on a chain is what a compiler made, apart from what its constructor filled in. */
export function isSameCode(code: string, { object, immutableReferences = {} }: CompiledCode): boolean {
  const given = Buffer.from(code.replace(/^0x/, ""), "hex");
  const made = Buffer.from(object, "hex");
  for (const { start, length } of Object.values(immutableReferences).flat()) {
    given.fill(0, start, start + length);
    made.fill(0, start, start + length);
  }
  return given.equals(made);
}

interface Compiled {
  readonly input: CompilerInput;
  /** As the input spells it. */
  readonly contractName: string;
  readonly compilerVersion: string;
}

interface DeployedCode {
  /** Source and name, as in the addresses file. */
  readonly contract: string;
  readonly addresses: readonly Hex[];
}

/**
 * The first input whose code is that at all the addresses. A compilation's remappings are hashed into the metadata, and
 * depend on what else was compiled with it: so they are tried as for this contract alone, and as its artifact has them.
 */
async function matching({ contract, addresses }: DeployedCode, deps: VerificationDeps): Promise<Compiled> {
  const { solidity, provider, root } = deps;
  const [source = "", plainName = ""] = contract.split(":");
  const file = path.join(root, source);
  const jobs = await solidity.getCompilationJobs([file], { quiet: true, force: true });
  const job = jobs.success ? jobs.compilationJobsPerFile.get(file) : undefined;
  if (job === undefined) throw new TypeError(`Hardhat does not compile ${source}`);
  const codes = await Promise.all(addresses.map((address) => provider.getCode(address)));
  const own = await job.getSolcInput();
  const inputSource = Object.keys(own.sources).find((name) => name.endsWith(`/${source}`)) ?? source;
  for (const input of [own, ...(await asBuilt(own, contract, deps))]) {
    const { dependencyGraph, solcConfig, solcLongVersion } = job;
    const { output } = await solidity.runCompilationJob(
      {
        ...{ dependencyGraph, solcConfig, solcLongVersion },
        ...{ getSolcInput: () => Promise.resolve(input), getBuildId: () => job.getBuildId() },
      },
      { quiet: true },
    );
    const compiled = output.contracts?.[inputSource]?.[plainName]?.evm?.deployedBytecode;
    if (compiled !== undefined && codes.every((code) => isSameCode(code, compiled)))
      return { input, contractName: `${inputSource}:${plainName}`, compilerVersion: `v${solcLongVersion}` };
  }
  const address = addresses[0] ?? "0x";
  const message =
    `the code at ${address} is not what this checkout's ${contract} compiles to: ` +
    "check out the commit that the addresses file names, and run npm ci";
  throw new QuorateError<DeployError>({ code: "code-differs", contract, address }, message);
}

/** The same sources with the settings that the artifact was made with, where they are others. */
async function asBuilt(
  own: CompilerInput,
  contract: string,
  { artifacts }: VerificationDeps,
): Promise<CompilerInput[]> {
  const id = await artifacts.getBuildInfoId(contract);
  const file = id === undefined ? undefined : await artifacts.getBuildInfoPath(id);
  if (file === undefined) return [];
  const { settings } = (JSON.parse(await readFile(file, "utf8")) as { input: CompilerInput }).input;
  return isDeepStrictEqual(settings, own.settings) ? [] : [{ ...own, settings }];
}

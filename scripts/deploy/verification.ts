import path from "node:path";
import { mkdir, writeFile } from "node:fs/promises";
import type { Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { Hex } from "../../core/types/hex.ts";
import { type AddressBook, type BookedContract, contractsOf } from "./address-book.ts";
import { requireChain } from "./chain-checks.ts";
import type { DeployError } from "./errors.ts";

type Solidity = HardhatRuntimeEnvironment["solidity"];
type CompilationJob = Parameters<Solidity["runCompilationJob"]>[0];
type CompilerInput = Awaited<ReturnType<CompilationJob["getSolcInput"]>>;

export interface VerificationDeps {
  readonly solidity: Solidity;
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
  const inputs = new Map<string, CompilerInput>();
  const compiled = new Map<string, Promise<Compiled>>();
  const contracts: VerifiableContract[] = [];
  for (const [name, contract] of contractsOf(book)) {
    const [source = "", plainName = ""] = contract.contract.split(":");
    const listed = {
      ...{ name, address: contract.address, contractName: contract.contract, compilerVersion: "" },
      ...{ constructorArguments: contract.constructorArguments.slice(2), standardJsonInput: null },
    };
    if (!source.startsWith("contracts/")) {
      contracts.push(listed);
      continue;
    }
    const output = compiled.get(source) ?? compile(source, deps);
    compiled.set(source, output);
    const { input, longVersion, codeOf, inputSource } = await output;
    await requireSameCode(contract, codeOf(plainName), deps.provider);
    const standardJsonInput = `${plainName}.json`;
    inputs.set(standardJsonInput, input);
    const contractName = `${inputSource}:${plainName}`;
    contracts.push({ ...listed, contractName, compilerVersion: `v${longVersion}`, standardJsonInput });
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
  readonly longVersion: string;
  /** The file's name in the input. */
  readonly inputSource: string;
  readonly codeOf: (contract: string) => CompiledCode;
}

async function compile(source: string, { solidity, root }: VerificationDeps): Promise<Compiled> {
  const file = path.join(root, source);
  const jobs = await solidity.getCompilationJobs([file], { quiet: true, force: true });
  const job = jobs.success ? jobs.compilationJobsPerFile.get(file) : undefined;
  if (job === undefined) throw new TypeError(`Hardhat does not compile ${source}`);
  const [input, { output }] = await Promise.all([job.getSolcInput(), solidity.runCompilationJob(job, { quiet: true })]);
  const inputSource = Object.keys(input.sources).find((name) => name.endsWith(`/${source}`)) ?? source;
  return {
    ...{ input, inputSource, longVersion: job.solcLongVersion },
    codeOf(contract) {
      const code = output.contracts?.[inputSource]?.[contract]?.evm?.deployedBytecode;
      if (code === undefined) throw new TypeError(`${source} holds no ${contract}`);
      return code;
    },
  };
}

async function requireSameCode(
  { address, contract }: BookedContract,
  compiled: CompiledCode,
  provider: Provider,
): Promise<void> {
  if (isSameCode(await provider.getCode(address), compiled)) return;
  const message =
    `the code at ${address} is not what this checkout's ${contract} compiles to: ` +
    "check out the commit that the addresses file names, and run npm ci";
  throw new QuorateError<DeployError>({ code: "code-differs", contract, address }, message);
}

// A process that runs contract tests against switched contracts, one mutant after the other.
// Standard input and output belong to the tests; the pool talks to it over the IPC channel.
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import hre from "hardhat";
import type { NetworkConnectionParams } from "hardhat/types/network";
import type { EthereumProvider } from "hardhat/types/providers";
import Mocha from "mocha";
import type { Answer, Job, Task } from "./jobs.ts";
import { linkedAddress } from "./switch.ts";
import type { SwitchedContract } from "./switched-contracts.ts";
import { ROOT } from "../toolchain/root.ts";

/** A mutant may send a test round in circles: the chain's gas ends it, and this what waits for an event that does not come. */
const TEST_TIMEOUT_MS = 60_000;
/** What a deployment of a contract with all its mutants may take. */
const GAS_LIMIT = 30_000_000n;

/** Milliseconds without a call after which nobody will make one. */
const QUIET_TURNS = 20;

/** Tests that killed lately: the next mutant is most often of the same function. */
const MAX_KILLERS = 5;

let contracts: ReadonlyMap<string, SwitchedContract> = new Map();
let leftOut: ReadonlySet<string> = new Set();
let killers: readonly Killer[] = [];
/** By the tests' titles. */
const standsAlone = new Map<string, boolean>();
let current = 0;
/** Calls of chains that have no answer yet. */
let requests = 0;
/** Whether a test of the last run failed. */
let hasFailed = false;
const suites = new Map<string, Mocha>();
/** Chains that the tests made: they never close them, and each holds memory. */
let connections: { close(): Promise<void> }[] = [];

process.env.HH_TEST = "true";
relaxLimits();
serveSwitchedArtifacts();
process.on("message", (job: Job) => void perform(job));
// A test that fails may leave calls behind that fail as well, after it. Of one that passes that tells something.
process.on("unhandledRejection", (reason) => {
  if (!hasFailed) throw reason;
});
// The pool is gone: so is the reason to run.
process.on("disconnect", () => process.exit());

async function perform(job: Job): Promise<void> {
  if (job.kind === "contracts") {
    const read = JSON.parse(readFileSync(job.file, "utf8")) as readonly SwitchedContract[];
    contracts = new Map(read.map((contract) => [contract.name, contract]));
    leftOut = new Set(job.leftOut);
    answer({ kind: "ready" });
  } else {
    answer(await test(job));
  }
}

function answer(answer: Answer): void {
  process.send?.(answer);
}

/** First the tests that killed the mutants before this one, each alone; then whole files, until a test fails. */
async function test({ mutant, files }: Task): Promise<Answer> {
  current = mutant;
  for (const killer of killers.filter(({ file }) => files.includes(file))) {
    const failure = await run(killer.file, killer.test);
    if (failure !== undefined) return { kind: "killed", mutant, ...failure };
  }
  for (const file of files) {
    const failure = await run(file);
    if (failure === undefined) continue;
    await remember(failure);
    return { kind: "killed", mutant, ...failure };
  }
  return { kind: "survived", mutant };
}

/** Only a test that passes alone while no mutant is on tells something when it fails alone: some need what those before it did. */
async function remember({ file, test }: Killer): Promise<void> {
  current = 0;
  const isAlone = standsAlone.get(test) ?? (await run(file, test)) === undefined;
  standsAlone.set(test, isAlone);
  if (!isAlone) return;
  const others = killers.filter((killer) => killer.test !== test);
  killers = [{ file, test }, ...others].slice(0, MAX_KILLERS);
}

interface Killer {
  readonly file: string;
  readonly test: string;
}

interface Failure extends Killer {
  readonly message: string;
}

/** Runs a file, or one test of it, until a test fails. */
async function run(file: string, only?: string): Promise<Failure | undefined> {
  const suite = suites.get(file) ?? (await load(file));
  suites.set(file, suite);
  // A hook's failure is told under the hook's name and the name of the test that it was for.
  const titled = only?.replace(/^(.*) "(before|after)( each| all)?" hook.*$/, "$1") ?? "";
  suite.grep(new RegExp(`^${titled.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
  let failure: Failure | undefined;
  hasFailed = false;
  await new Promise<void>((resolve) => {
    const runner = suite.run(() => resolve());
    runner.once("fail", (test: { fullTitle(): string }, error: Error) => {
      failure = { file, test: test.fullTitle(), message: error.message };
      hasFailed = true;
    });
    runner.once("end", () => setImmediate(() => runner.dispose()));
  });
  if (failure !== undefined) await settled();
  await Promise.all(connections.map((connection) => connection.close()));
  connections = [];
  return failure;
}

/** Waits for the calls that a failed test left behind: mocha would hold it against the next test if one failed later. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet = requests === 0 ? quiet + 1 : 0) await setTimeout(1);
}

/** A module is loaded once, so each file has a suite of its own, which is run again and again. */
async function load(file: string): Promise<Mocha> {
  const suite = new Mocha({ bail: true, timeout: TEST_TIMEOUT_MS, reporter: Mocha.reporters.Base });
  suite.cleanReferencesAfterRun(false);
  suite.addFile(path.join(ROOT, file));
  await suite.loadFilesAsync();
  leaveOut(suite.suite);
  return suite;
}

function leaveOut(suite: Mocha.Suite): void {
  suite.tests = suite.tests.filter((test) => !leftOut.has(test.fullTitle()));
  for (const inner of suite.suites) leaveOut(inner);
}

/** Also of networks that a test makes with settings of its own. */
function relaxLimits(): void {
  const { network } = hre;
  const create = network.create.bind(network);
  network.create = (async (asked: string | NetworkConnectionParams = {}) => {
    const params = typeof asked === "string" ? { network: asked } : asked;
    const settings = hre.config.networks[params.network ?? "default"];
    if (settings?.type !== "edr-simulated") return create(params);
    const limits = { allowUnlimitedContractSize: true, blockGasLimit: GAS_LIMIT, transactionGasCap: GAS_LIMIT };
    const override = { ...params.override, ...limits } as NonNullable<NetworkConnectionParams["override"]>;
    const connection = await create({ ...params, override });
    connections.push(connection);
    countRequests(connection.provider);
    return connection;
  }) as typeof network.create;
}

function countRequests(provider: EthereumProvider): void {
  const request = provider.request.bind(provider);
  provider.request = async (asked): Promise<unknown> => {
    ++requests;
    try {
      return (await request(asked)) as unknown;
    } finally {
      --requests;
    }
  };
}

/** Whoever reads an artifact, to deploy it or to attach to it, gets the bytecode with this mutant switched on. */
function serveSwitchedArtifacts(): void {
  const { artifacts } = hre;
  const read = artifacts.readArtifact.bind(artifacts);
  artifacts.readArtifact = (async (name: string) => {
    const artifact = await read(name);
    const switched = contracts.get(artifact.contractName);
    if (switched === undefined) return artifact;
    return { ...artifact, bytecode: link(switched), linkReferences: {} };
  }) as typeof artifacts.readArtifact;
}

function link({ bytecode, references }: SwitchedContract): string {
  let linked = bytecode;
  for (const { start, length } of references) {
    const at = 2 + 2 * start;
    linked = linked.slice(0, at) + linkedAddress(current) + linked.slice(at + 2 * length);
  }
  return linked;
}

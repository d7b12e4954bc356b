import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import type { CompilerInput } from "./compiler.ts";

/** A contract as Hardhat built it. */
export interface BuiltContract {
  readonly name: string;
  /** The compiler's name of its file. */
  readonly source: string;
  /** Names of all files that its code comes from. */
  readonly closure: readonly string[];
}

/** The compiled project: what a compiler takes to compile it again. */
export interface Project {
  readonly input: CompilerInput;
  /** Contracts that have code, in the order of their files. */
  readonly contracts: readonly BuiltContract[];
  /** The compiler's name of one of the project's files. */
  readonly sourceNameOf: (file: string) => string;
}

interface Artifact {
  readonly contractName: string;
  readonly inputSourceName: string;
  readonly bytecode: string;
  readonly buildInfoId: string;
}

interface BuildInfo {
  readonly input: CompilerInput & { readonly settings: { readonly remappings?: readonly string[] } };
}

/** Reads what Hardhat built last, each of the project's own files as it is now. */
export function readProject(root: string): Project {
  const artifacts = globSync("artifacts/contracts/**/*.json", { cwd: root })
    .toSorted()
    .map((file) => readJson(path.join(root, file)) as Artifact)
    .filter(({ bytecode }) => bytecode !== "0x");
  const ids = new Set(artifacts.map(({ buildInfoId }) => buildInfoId));
  const builds = [...ids].map((id) => readJson(path.join(root, `artifacts/build-info/${id}.json`)) as BuildInfo);
  const [build] = builds;
  if (build === undefined) throw new TypeError("no contract is built: run npm run build");
  const remappings = new Set(builds.flatMap(({ input }) => input.settings.remappings ?? []));
  const built = new Map(builds.flatMap(({ input }) => Object.entries(input.sources)));
  const sources = Object.fromEntries([...built].flatMap(([name, source]) => currentSource(root, { name, source })));
  const { settings } = build.input;
  const input: CompilerInput = {
    language: "Solidity",
    sources,
    settings: { ...settings, remappings: [...remappings], outputSelection: {} },
  };
  const contracts = artifacts.map(({ contractName, inputSourceName }) => ({
    name: contractName,
    source: inputSourceName,
    closure: closureOf(inputSourceName, sources),
  }));
  return { input, contracts, sourceNameOf: (file) => `${OWN}${file}` };
}

/** How Hardhat names the project's own files to the compiler. */
const OWN = "project/";

type Sources = CompilerInput["sources"];

/** An own file as it is now; none that is no more, though others that were compiled together with it are there. */
function currentSource(
  root: string,
  { name, source }: { name: string; source: Sources[string] },
): (readonly [string, Sources[string]])[] {
  if (!name.startsWith(OWN)) return [[name, source]];
  const file = path.join(root, name.slice(OWN.length));
  return existsSync(file) ? [[name, { content: readFileSync(file, "utf8") }]] : [];
}

/** Own files that a file imports, and so on. Imports between packages change nothing here: no mutant is in a package. */
function closureOf(name: string, sources: Sources, seen = new Set<string>()): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const imports = sources[name]?.content.matchAll(/^import [^"]*"(\.[^"]+)";/gm) ?? [];
  for (const [, relative = ""] of imports)
    closureOf(path.posix.join(path.posix.dirname(name), relative), sources, seen);
  return [...seen];
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

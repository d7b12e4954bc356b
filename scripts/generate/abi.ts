import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { Interface, type InterfaceAbi } from "ethers";
import { format, resolveConfig } from "prettier";

export interface GenerateAbiOptions {
  /** Only compare: write nothing. */
  readonly check: boolean;
}

const ROOT = path.resolve(import.meta.dirname, "../..");
const OUTPUT = path.join(ROOT, "node/chain/generated/abi.ts");

/** The contracts that TypeScript talks to: the artifact's source and contract names. */
const CONTRACTS = [
  ["registry/CommitteeRegistry.sol", "CommitteeRegistry"],
  ["registry/EquivocationCourt.sol", "EquivocationCourt"],
  ["requests/RequestDesk.sol", "RequestDesk"],
  ["feeds/FeedHub.sol", "FeedHub"],
  ["feeds/FeedProxy.sol", "FeedProxy"],
  ["verifiers/MedianVerifier.sol", "MedianVerifier"],
  ["examples/LendingMarket.sol", "LendingMarket"],
] as const;

/**
 * Writes the human-readable ABIs from Hardhat's artifacts (run `hardhat build` first).
 * @returns whether the file was up to date before.
 */
export async function generateAbi({ check }: GenerateAbiOptions): Promise<boolean> {
  const sections = await Promise.all(CONTRACTS.map(([source, name]) => abiSource(source, name)));
  const header = "// Generated from the contracts' artifacts by scripts/generate/abi.ts. Do not edit.\n\n";
  const text = await format(header + sections.join("\n"), { ...(await resolveConfig(OUTPUT)), parser: "typescript" });
  const current = await readFile(OUTPUT, "utf8").catch(() => "");
  if (current === text) return true;
  if (!check) {
    await mkdir(path.dirname(OUTPUT), { recursive: true });
    await writeFile(OUTPUT, text);
  }
  return false;
}

async function abiSource(source: string, name: string): Promise<string> {
  const file = path.join(ROOT, "artifacts/contracts", source, `${name}.json`);
  const artifact = JSON.parse(await readFile(file, "utf8")) as { abi: InterfaceAbi };
  const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}Abi`;
  return `export const ${constant} = ${JSON.stringify(new Interface(artifact.abi).format(), null, 2)} as const;\n`;
}

if (import.meta.main) await generateAbi({ check: false });

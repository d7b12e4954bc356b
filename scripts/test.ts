// Usage: npm test [-- PATH…], npm run test:deep [-- PATH…]
// Runs the contract tests and the node:test suites whose path holds one of PATH (all of them without), and ends with the
// line "N passed, N failed". Exit code 1 if anything failed, if nothing ran, or if a runner died.
// With --deep it runs the suites that fuzz, simulate or mutate, and those with their full counts.
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { runContractSuites, type ContractRunner } from "./test/contract-suites.ts";
import { runNodeSuites } from "./test/node-suites.ts";
import { DEEP_TIMEOUT_MS, DEPTH_VARIABLE } from "./test/depth.ts";
import { deepSuites, findSuites, type Suites } from "./test/suites.ts";
import { closingLines, conclude, fault, type Tally } from "./test/tally.ts";
import { buildContracts } from "./toolchain/hardhat.ts";
import { ROOT } from "./toolchain/root.ts";

const args = process.argv.slice(2);
const deep = args.includes("--deep");
const filters = args.filter((arg) => arg !== "--deep");
const option = filters.find((filter) => filter.startsWith("-"));

if (option === undefined) {
  process.chdir(ROOT);
  // Hundreds of processes start, each with the same files: they keep what was compiled.
  process.env.NODE_COMPILE_CACHE ??= path.join(ROOT, "node_modules/.cache/compiled");
  const suites = findSuites(ROOT, filters);
  const tally = await (deep ? runDeepSuites(suites) : runSuites(suites));
  for (const line of closingLines(tally)) console.log(line);
  process.exitCode = tally.failed === 0 ? 0 : 1;
} else {
  console.error(`npm test knows no option ${option}. Usage: npm test [-- PATH…], e.g. npm test -- test/core`);
  process.exitCode = 2;
}

/**
 * The contract tests, most of which have one process, and beside them the others. What the contract tests say comes in one piece at
 * their end where others speak meanwhile.
 */
async function runSuites({ contracts, node }: Suites): Promise<Tally> {
  const runners = (["solidity", "mocha"] satisfies ContractRunner[]).filter((runner) => contracts[runner].length > 0);
  if (runners.length > 0) {
    const problem = await buildContracts().then(() => undefined, String);
    if (problem !== undefined) return fault(problem);
  }
  const said = new PassThrough();
  const output = node.length === 0 ? process.stdout : said;
  const runContracts = async (): Promise<Tally[]> => {
    const tallies: Tally[] = [];
    for (const runner of runners) {
      const files = filters.length === 0 ? [] : contracts[runner];
      tallies.push(await runContractSuites({ runner, files, output }));
    }
    said.end();
    const words = await text(said);
    if (words !== "") process.stdout.write(words);
    return tallies;
  };
  const [ofContracts, ofNode] = await Promise.all([
    runContracts(),
    runNodeSuites({ files: node, output: process.stdout }),
  ]);
  return conclude([...ofContracts, ofNode]);
}

async function runDeepSuites(suites: Suites): Promise<Tally> {
  process.env[DEPTH_VARIABLE] = "deep";
  const files = deepSuites(suites);
  return conclude([await runNodeSuites({ files, output: process.stdout, timeoutMs: DEEP_TIMEOUT_MS })]);
}

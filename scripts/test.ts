// Usage: npm test [-- PATH…], npm run test:deep [-- PATH…]
// Runs the contract tests and the node:test suites whose path holds one of PATH (all of them without), and ends with the
// line "N passed, N failed". Exit code 1 if anything failed, if nothing ran, or if a runner died.
// With --deep it runs the suites that fuzz, simulate or mutate, and those with their full counts.
import { runContractSuites, type ContractRunner } from "./test/contract-suites.ts";
import { runNodeSuites } from "./test/node-suites.ts";
import { DEEP_TIMEOUT_MS, DEPTH_VARIABLE } from "./test/depth.ts";
import { deepSuites, findSuites, type Suites } from "./test/suites.ts";
import { closingLines, conclude, type Tally } from "./test/tally.ts";
import { ROOT } from "./toolchain/root.ts";

const args = process.argv.slice(2);
const deep = args.includes("--deep");
const filters = args.filter((arg) => arg !== "--deep");
const option = filters.find((filter) => filter.startsWith("-"));

if (option === undefined) {
  process.chdir(ROOT);
  const suites = findSuites(ROOT, filters);
  const tally = await (deep ? runDeepSuites(suites) : runSuites(suites));
  for (const line of closingLines(tally)) console.log(line);
  process.exitCode = tally.failed === 0 ? 0 : 1;
} else {
  console.error(`npm test knows no option ${option}. Usage: npm test [-- PATH…], e.g. npm test -- test/core`);
  process.exitCode = 2;
}

/** One runner after the other: the contract tests also build the artifacts that later suites use. */
async function runSuites({ contracts, node }: Suites): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const runner of ["solidity", "mocha"] satisfies ContractRunner[]) {
    if (contracts[runner].length === 0) continue;
    const files = filters.length === 0 ? [] : contracts[runner];
    tallies.push(await runContractSuites({ runner, files, output: process.stdout }));
  }
  tallies.push(await runNodeSuites({ files: node, output: process.stdout }));
  return conclude(tallies);
}

async function runDeepSuites(suites: Suites): Promise<Tally> {
  process.env[DEPTH_VARIABLE] = "deep";
  const files = deepSuites(suites);
  return conclude([await runNodeSuites({ files, output: process.stdout, timeoutMs: DEEP_TIMEOUT_MS })]);
}

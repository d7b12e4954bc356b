// Usage: npm run bench -- NAME [--json] [--full]
// Measures, never judges: targets are in the design, and a slow machine fails nothing here.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Argument, Command } from "commander";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { pruneRuns } from "../devnet/scratch.ts";
import { ROOT } from "../toolchain/root.ts";
import { documentOf, tableOf } from "./document.ts";
import type { BenchError } from "./errors.ts";
import { gasBench } from "./gas/gas-bench.ts";
import { describeCommit, describeHost } from "./host.ts";
import type { Bench } from "./result.ts";
import { proofBench } from "./proof/proof-bench.ts";
import { roundsBench } from "./rounds/rounds-bench.ts";
import { sandboxBench } from "./sandbox/sandbox-bench.ts";

interface Flags {
  readonly json?: boolean;
  readonly full?: boolean;
  readonly only?: string;
  readonly write?: boolean;
}

const BENCHES: readonly Bench[] = [sandboxBench, roundsBench, proofBench, gasBench];
const RUNS = path.join(ROOT, ".quorate", "bench");

const names = BENCHES.map(({ name, description }) => `  ${name.padEnd(8)}${description}`).join("\n");

await new Command("bench")
  .description(
    "Measures the real thing on this machine: sandbox, nodes, channels, proofs, contracts. Progress goes to standard error.",
  )
  .addArgument(new Argument("<name>", "what to measure").choices(BENCHES.map(({ name }) => name)))
  .option("--json", "print one JSON document instead of a table")
  .option("--full", "measure many more runs (takes longer than ten minutes)")
  .option("--only <prefix>", "only the figures whose names begin so, e.g. rounds.n7; saves time with rounds")
  .option("--write", "write the page of docs/ that is made of the figures, too: with gas")
  .addHelpText("after", `\nBenchmarks:\n${names}`)
  .showHelpAfterError("(add --help for the benchmarks)")
  .action(bench)
  .parseAsync();

async function bench(name: string, { json = false, full = false, only = "", write = false }: Flags): Promise<void> {
  const chosen = BENCHES.find((candidate) => candidate.name === name);
  if (chosen === undefined) throw new TypeError(`commander let ${name} pass`);
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());
  // Hardhat looks for its configuration in the working directory.
  process.chdir(ROOT);
  await pruneRuns(RUNS);
  const directory = path.join(RUNS, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${process.pid}`);
  try {
    const progress = (line: string): void => console.error(`${name}: ${line}`);
    if (write && (chosen.page === undefined || only !== "")) {
      const message = "--write goes with gas, and with all of its figures: leave --only out";
      throw new QuorateError<BenchError>({ code: "nothing-to-write", bench: name, only }, message);
    }
    const all = await chosen.run({ full, directory, signal: stopping.signal, progress, only });
    const measurements = all.filter((figure) => figure.name.startsWith(only));
    if (measurements.length === 0) {
      const data = { code: "no-such-figure", only } as const;
      throw new QuorateError<BenchError>(
        data,
        `no figure's name begins with ${only}: measure without --only to see all`,
      );
    }
    const findings = { bench: name, commit: await describeCommit(), host: describeHost(), measurements };
    if (write && chosen.page !== undefined) {
      await writeFile(chosen.page.file, await chosen.page.render(all));
      progress(`${chosen.page.file} written`);
    }
    console.log(json ? JSON.stringify(documentOf(findings), undefined, 2) : tableOf(findings));
  } catch (error) {
    if (!(error instanceof QuorateError)) throw error;
    console.error(`bench: ${error.message} [${error.code}]`);
    process.exitCode = 1;
  }
}

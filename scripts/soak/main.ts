// Usage: npm run soak -- [--minutes N] [--warm-up N] [--nodes N] [--json]
// Runs a network for a long time and fails if its memory or its handles grow. Progress goes to standard error.
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { describeCommit, describeHost } from "../bench/host.ts";
import { pruneRuns } from "../devnet/scratch.ts";
import { ROOT } from "../toolchain/root.ts";
import { documentOf, tableOf } from "./document.ts";
import { runSoak } from "./soak.ts";

interface Flags {
  readonly minutes: number;
  readonly warmUp?: number;
  readonly nodes: number;
  readonly json?: boolean;
}

const RUNS = path.join(ROOT, ".quorate", "soak");
/** Code is compiled and pools are full after a few hundred rounds; a short run leaves half of itself to be judged. */
const WARM_UP_MINUTES = 6;
/** A line needs a few windows. */
const MIN_JUDGED_MINUTES = 1.5;

await new Command("soak")
  .description("Runs real nodes for a long time and fails if their memory or handles grow.")
  .option("--minutes <n>", "how long, after all nodes are ready", parsePositive, 30)
  .option("--warm-up <n>", `minutes that do not count (${WARM_UP_MINUTES}, or half of a short run)`, parsePositive)
  .option("--nodes <n>", "size of the committee, 3f+1", parsePositive, 4)
  .option("--json", "print one JSON document with all samples instead of a table")
  .showHelpAfterError("(add --help for the options)")
  .action(soak)
  .parseAsync();

async function soak({ minutes, warmUp = Math.min(WARM_UP_MINUTES, minutes / 2), nodes, json = false }: Flags) {
  if (minutes - warmUp < MIN_JUDGED_MINUTES) {
    fail(`leave at least ${MIN_JUDGED_MINUTES} minutes after the warm-up: raise --minutes or lower --warm-up`);
    return;
  }
  const stopping = new AbortController();
  // Not once: a terminal's Ctrl-C comes through npm too, and a second one must not end us before our children.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopping.abort());
  // Hardhat looks for its configuration in the working directory.
  process.chdir(ROOT);
  await pruneRuns(RUNS);
  const directory = path.join(RUNS, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${process.pid}`);
  const options = { minutes, warmUp, nodes, directory };
  try {
    const progress = (line: string): void => console.error(`soak: ${line}`);
    const run = await runSoak(options, { signal: stopping.signal, progress });
    const subject = { ...options, commit: await describeCommit(), host: describeHost() };
    console.log(json ? JSON.stringify(documentOf(subject, run), undefined, 2) : tableOf(run));
    for (const failure of run.verdict.failures) fail(failure);
  } catch (error) {
    if (!(error instanceof QuorateError)) throw error;
    fail(`${error.message} [${error.code}]`);
  }
}

function fail(message: string): void {
  console.error(`soak: ${message}`);
  process.exitCode = 1;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100_000) return value;
  throw new InvalidArgumentError("expected a number above 0");
}

import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import { ROOT } from "../toolchain/root.ts";
import { type Audit, auditRun } from "./checks/audit-run.ts";
import { COMMITTEE_SIZES, USUAL_SIZE } from "./committee.ts";
import { documentOf } from "./document.ts";
import type { DevnetOptions } from "./options.ts";
import { type DevnetRun, runDevnet } from "./run.ts";
import { pruneRuns } from "./scratch.ts";
import { createView } from "./view/view.ts";

interface Flags {
  readonly rounds?: number;
  readonly json?: boolean;
  readonly killLeader?: boolean;
  readonly liar?: boolean;
  readonly equivocate?: boolean;
  readonly slowSource?: boolean;
  readonly partition?: boolean;
  readonly changeCommittee?: boolean;
  readonly nodes?: number;
  readonly proofs: boolean;
  readonly seed: string;
}

const RUNS = path.join(ROOT, ".quorate", "devnet");

await new Command("devnet")
  .description("Runs oracle nodes, a chain, and recorded market data on this machine, until Ctrl-C or --rounds.")
  .option("--rounds <n>", "stop after the first n reports are proven, check the run, exit 0 if all is well", parseCount)
  .option("--json", "print one JSON document at the end instead of the live view (needs --rounds)")
  .option("--kill-leader", "SIGKILL the leader in mid-round after it signed, then start it again on the same data")
  .option("--liar", "one node multiplies every value by 1000")
  .option("--equivocate", "one node signs two proposals and two reports for a slot; its evidence goes to the court")
  .option("--slow-source", "one exchange answers too late, then byte by byte, then in time again")
  .option("--partition", "one node is cut off, then the network is split in halves, then healed")
  .option("--change-committee", "committees of four, seven and four nodes follow each other; the last one is revoked")
  .option(
    "--nodes <n>",
    `size of the committee: ${COMMITTEE_SIZES.join(", ")}, of which ten are not proven`,
    parseNodes,
  )
  .option("--no-proofs", "prove nothing: --rounds counts transmitted reports")
  .option("--seed <text>", "seed of the replayed market's noise, spread and faults", "quorate")
  .showHelpAfterError("(add --help for the options)")
  .action(devnet)
  .parseAsync();

async function devnet(flags: Flags): Promise<void> {
  const options = optionsOf(flags);
  const refusal = refusalOf(flags, options);
  if (refusal !== undefined) {
    fail(refusal);
    return;
  }
  const { json } = options;
  const stopping = new AbortController();
  // Not once: npm and the launcher pass a terminal's Ctrl-C on, and a second one must not end us before our children.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stopping.abort());
  const directory = path.join(RUNS, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${process.pid}`);
  await pruneRuns(RUNS);
  const view = createView({ json });
  let audit: Audit | undefined;
  try {
    const run = await runDevnet(
      { options, directory },
      { now: Date.now, signal: stopping.signal, onChange: (state) => view.update(state) },
      async (finished) => {
        if (finished.network !== undefined) audit = await auditRun(finished, finished.network);
      },
    );
    view.end();
    conclude(run, audit);
  } catch (error) {
    view.end();
    if (!(error instanceof QuorateError)) throw error;
    fail(`${error.message} [${error.code}]`);
  }
}

function optionsOf({ rounds, nodes = USUAL_SIZE, proofs, seed, ...flags }: Flags): DevnetOptions {
  const { json = false, killLeader = false, liar = false, equivocate = false } = flags;
  const { slowSource = false, partition = false, changeCommittee = false } = flags;
  const faults = { killLeader, liar, equivocate, slowSource, partition, changeCommittee };
  return { rounds, json, nodes, proofs, seed, ...faults };
}

function refusalOf({ nodes }: Flags, options: DevnetOptions): string | undefined {
  const { json, rounds, killLeader, equivocate, partition, changeCommittee } = options;
  if (json && rounds === undefined) return "--json needs --rounds: a document is printed at the end of a run";
  if (changeCommittee && nodes !== undefined) return "--change-committee sets its own sizes: leave --nodes out";
  if ([killLeader, equivocate, partition, changeCommittee].filter(Boolean).length > 1)
    return "--kill-leader, --equivocate, --partition and --change-committee go one at a time: each needs the others' nodes";
  return undefined;
}

/** A run that was stopped early has nothing to prove; one that ran to its end is held to every check. */
function conclude(run: DevnetRun, audit: Audit | undefined): void {
  const { network, options } = run;
  if (audit === undefined || network === undefined) {
    const { rounds, provenCount } = run.ledger;
    const seen = `${rounds.length} reports transmitted, ${provenCount} proven`;
    if (options.rounds === undefined) console.log(`stopped: ${seen}`);
    else fail(`stopped before the wanted rounds were ${run.proving ? "proven" : "transmitted"}: ${seen}`);
    return;
  }
  if (options.json)
    console.log(
      JSON.stringify(
        documentOf(run, network, audit),
        (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
        2,
      ),
    );
  else for (const { name, passed, detail } of audit.checks) console.log(`${passed ? "✔" : "✘"} ${name}: ${detail}`);
  const failed = audit.checks.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const reasons = failed.map(({ name, detail }) => `${name} (${detail})`);
  fail(`${failed.length} of ${audit.checks.length} checks failed: ${reasons.join(", ")}`);
}

function fail(message: string): void {
  console.error(`devnet: ${message}`);
  process.exitCode = 1;
}

function parseNodes(text: string): number {
  const size = COMMITTEE_SIZES.find((known) => String(known) === text);
  if (size === undefined) throw new InvalidArgumentError(`expected one of ${COMMITTEE_SIZES.join(", ")}`);
  return size;
}

function parseCount(text: string): number {
  if (/^([1-9]\d{0,2}|1000)$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1 to 1000");
}

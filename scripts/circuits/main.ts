import cliProgress from "cli-progress";
import { Command } from "commander";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { BuildProgress } from "./build-circuit.ts";
import { ensureInstance } from "./ensure-circuits.ts";
import type { BuiltInstance } from "./ensure-circuits.ts";
import { compileNamed } from "./determinacy/named-circuit.ts";
import { claimsOn, readReasons } from "./determinacy/reasons.ts";
import { checkDeterminacy } from "./determinacy/check.ts";
import { summarize } from "./determinacy/summary.ts";
import { findInstance, mainSource, readInstances, usualInstances } from "./instances.ts";
import { DETERMINACY_FILE } from "./paths.ts";
import { templateOf, templateSource } from "./template-source.ts";
import { isVerifierCurrent, writeVerifier } from "./verifier-contract.ts";

interface BuildFlags {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly update?: boolean;
  readonly json?: boolean;
  readonly instance?: string;
}

/** A bar on a terminal, a line per stage elsewhere, nothing with --json. */
function progressReporter(silent: boolean) {
  if (silent) return { report: undefined, stop: () => undefined };
  if (!process.stderr.isTTY) {
    const report = ({ instance, stage, fraction }: BuildProgress) => {
      if (fraction === 0) console.error(`${instance}: ${stage} …`);
    };
    return { report, stop: () => undefined };
  }
  const bar = new cliProgress.SingleBar({ format: "{instance} {stage} [{bar}] {percentage}%", hideCursor: true });
  let started = false;
  const report = ({ instance, stage, fraction }: BuildProgress) => {
    if (!started) bar.start(100, 0, { instance, stage });
    started = true;
    bar.update(Math.floor(fraction * 100), { instance, stage: stage.padEnd(7) });
  };
  return { report, stop: () => (started ? bar.stop() : undefined) };
}

async function buildOne(name: string, flags: BuildFlags): Promise<BuiltInstance> {
  const { report, stop } = progressReporter(flags.json === true);
  try {
    const circuit = await ensureInstance({ ...flags, instance: name, onProgress: report });
    if (flags.update === true) await writeVerifier(circuit);
    return circuit;
  } finally {
    stop();
  }
}

function summaryLine({ instance, record, built }: BuiltInstance): string {
  const size = `${record.constraints} constraints, ${record.wires} wires`;
  if (built === undefined) return `${instance.name}: ${size}, cached`;
  const stages = Object.entries(built.stages).map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(1)} s`);
  return `${instance.name}: ${size}, ${stages.join(", ")}`;
}

async function build(flags: BuildFlags): Promise<void> {
  const wanted = flags.all === true ? await readInstances() : await usualInstances();
  const names = flags.instance === undefined ? wanted.map(({ name }) => name) : [flags.instance];
  const results = [];
  for (const name of names) {
    const circuit = await buildOne(name, flags);
    const verifierCurrent = await isVerifierCurrent(circuit);
    if (flags.json !== true) console.log(summaryLine(circuit));
    if (!verifierCurrent) {
      console.error(
        `${name}: the committed verifier contract is stale: run \`node scripts/circuits/main.ts build --update\``,
      );
      process.exitCode = 1;
    }
    results.push({ instance: name, ...circuit.record, verifierCurrent, stages: circuit.built?.stages });
  }
  if (flags.json === true) console.log(JSON.stringify(results, undefined, 2));
}

/** @param circuit an instance's name, or a call such as `PivotMedian(5, 8)`. */
async function determinacy(circuit: string, { json }: Pick<BuildFlags, "json">): Promise<void> {
  const isCall = circuit.includes("(");
  const instance = isCall ? undefined : await findInstance(circuit);
  const source = instance === undefined ? templateSource(circuit) : mainSource(instance);
  const claims = await claimsOn(instance?.template ?? templateOf(circuit), await readReasons(DETERMINACY_FILE));
  const found = checkDeterminacy(await compileNamed(circuit, source), claims);
  if (json === true) console.log(JSON.stringify({ circuit, ...found }, undefined, 2));
  else for (const line of summarize(circuit, found)) console.log(line);
  if (found.undetermined.length + found.stale.length > 0) process.exitCode = 1;
}

const program = new Command("circuits").description("Builds the zero-knowledge circuits and their development keys.");
program
  .command("build", { isDefault: true })
  .description("build what is missing or stale, and check the committed digests and verifier contracts")
  .option("--force", "build even if the cache is good")
  .option("--update", "accept the outcome: rewrite circuits/artifacts.json and the verifier contract")
  .option("--instance <name>", "one circuit only")
  .option("--all", "also those that are built on demand: minutes, and keys of 250 MB")
  .option("--json", "one JSON document on stdout, no progress")
  .action(build);

program
  .command("determinacy")
  .description("tell which signals of a circuit its inputs do not determine, by what its constraints say")
  .argument(
    "[circuit]",
    'an instance, or a template with its parameters such as "PivotMedian(5, 8)"',
    "median-n4-k3-v8",
  )
  .option("--json", "one JSON document on stdout")
  .action(determinacy);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof QuorateError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}

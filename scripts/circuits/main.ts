import cliProgress from "cli-progress";
import { Command } from "commander";
import { QuorateError } from "../../core/errors/quorate-error.ts";
import type { BuildProgress } from "./build-circuit.ts";
import { ensureCircuits } from "./ensure-circuits.ts";
import type { BuiltCircuit } from "./ensure-circuits.ts";
import { readInstances } from "./instances.ts";
import { isVerifierCurrent, writeVerifier } from "./verifier-contract.ts";

interface BuildFlags {
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

async function buildOne(name: string, flags: BuildFlags): Promise<BuiltCircuit> {
  const { report, stop } = progressReporter(flags.json === true);
  try {
    const circuit = await ensureCircuits({ ...flags, instance: name, onProgress: report });
    if (flags.update === true) await writeVerifier(circuit);
    return circuit;
  } finally {
    stop();
  }
}

function summaryLine({ instance, record, built }: BuiltCircuit): string {
  const size = `${record.constraints} constraints, ${record.wires} wires`;
  if (built === undefined) return `${instance.name}: ${size}, cached`;
  const stages = Object.entries(built.stages).map(([stage, ms]) => `${stage} ${(ms / 1000).toFixed(1)} s`);
  return `${instance.name}: ${size}, ${stages.join(", ")}`;
}

async function build(flags: BuildFlags): Promise<void> {
  const names = flags.instance === undefined ? (await readInstances()).map(({ name }) => name) : [flags.instance];
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

const program = new Command("circuits").description("Builds the zero-knowledge circuits and their development keys.");
program
  .command("build", { isDefault: true })
  .description("build what is missing or stale, and check the committed digests and verifier contracts")
  .option("--force", "build even if the cache is good")
  .option("--update", "accept the outcome: rewrite circuits/artifacts.json and the verifier contract")
  .option("--instance <name>", "one circuit only")
  .option("--json", "one JSON document on stdout, no progress")
  .action(build);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof QuorateError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}

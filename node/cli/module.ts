import { type Command, InvalidArgumentError } from "commander";
import { formatDecimal } from "../../core/feeds/decimal.ts";
import type { ModuleRun } from "../app/run-module.ts";
import { createCliLog } from "./log.ts";

interface RunFlags {
  readonly feed: string;
  readonly source: Readonly<Record<string, { url: string; allowInsecure: boolean }>>;
  readonly json?: boolean;
}

// The parts behind the commands are loaded when they are needed: help comes at once.
export function addModuleCommands(program: Command): void {
  const module = program.command("module").description("look at fetchers and try them");
  module
    .command("inspect")
    .description("say whether the sandbox admits a module, and what it found")
    .argument("<file>", "a WebAssembly module")
    .option("--json", "print the report as JSON")
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { inspectModuleFile } = await import("../app/inspect-module.ts");
      const report = await inspectModuleFile(file);
      if (json === true) console.log(JSON.stringify(report, undefined, 2));
      else for (const [key, value] of Object.entries(report)) console.log(`${key.padEnd(18)} ${textOf(value)}`);
    });
  module
    .command("run")
    .description("run one feed of a fetcher once, over its real sources")
    .argument("<manifest>", "the fetcher's manifest.yaml")
    .requiredOption("--feed <name>", "one of the manifest's feeds")
    .option("--source <id=url>", "read a declared source from another URL; repeat for each", collectSource, {})
    .option("--json", "print the run as JSON")
    .action(async (manifestFile: string, { feed, source, json }: RunFlags) => {
      const { runModule } = await import("../app/run-module.ts");
      const run = await runModule({ manifestFile, feed, sources: source }, { log: createCliLog() });
      if (json === true)
        console.log(
          JSON.stringify(run, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2),
        );
      else printRun(run);
      if (run.outcome.kind === "absent") process.exitCode = 1;
    });
}

function printRun({ readings, outcome, feed, decimals, module }: ModuleRun): void {
  console.log(`module ${module}`);
  for (const { source, path, outcome: status, bytes, unit } of readings)
    console.log(`  ${source} ${path} → ${status}, ${bytes} bytes${unit === "" ? "" : `, ${unit}`}`);
  const result =
    outcome.kind === "value" ? formatDecimal(outcome.value, decimals) : `no value: ${outcome.code}: ${outcome.message}`;
  console.log(`${feed}  ${result}`);
  console.log(`fuel ${outcome.fuel}, inputs ${outcome.inputs}`);
}

function collectSource(text: string, all: RunFlags["source"]): RunFlags["source"] {
  const at = text.indexOf("=");
  const [id, url] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !URL.canParse(url)) throw new InvalidArgumentError("expected <source id>=<url>");
  return { ...all, [id]: { url, allowInsecure: url.startsWith("http:") } };
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(textOf).join(", ");
  if (typeof value === "object" && value !== null)
    return Object.entries(value)
      .map(([key, entry]) => `${key} ${textOf(entry)}`)
      .join(", ");
  return String(value);
}

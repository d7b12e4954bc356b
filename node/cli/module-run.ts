import { type Command, InvalidArgumentError } from "commander";
import type { GuestEffects } from "../../core/ports/sandbox.ts";
import type { ModuleRun } from "../app/run-module.ts";
import { printJson } from "./json.ts";
import { createCliLog } from "./log.ts";
import { grouped, outcomeText } from "./outcome-text.ts";

interface RunFlags {
  readonly feed: string;
  readonly source: Readonly<Record<string, { url: string; allowInsecure: boolean }>>;
  readonly time?: number;
  readonly record?: string;
  readonly storage?: string;
  readonly publisher?: string;
  readonly json?: boolean;
}

export function addRunCommand(module: Command): void {
  module
    .command("run")
    .description("run one feed of a fetcher once, over its real sources")
    .argument("<manifest>", "the fetcher's manifest.yaml")
    .requiredOption("--feed <name>", "one of the manifest's feeds")
    .option("--source <id=url>", "read a declared source from another URL; repeat for each", collectSource, {})
    .option("--time <seconds>", "unix time of the round (default: now)", parseTime)
    .option("--record <file>", "write there what `module replay` needs to make this observation again")
    .option("--storage <folder>", "keep the module's storage there (default: it starts empty and is forgotten)")
    .option("--publisher <key>", "refuse a manifest that this public key did not sign (default: none is needed)")
    .option("--json", "print the run as JSON")
    .action(async (manifestFile: string, flags: RunFlags) => {
      const { feed, source, time, record, storage, publisher, json } = flags;
      const { trustIn } = await import("../app/sign-module.ts");
      const trust = publisher === undefined ? "author" : trustIn(publisher);
      const { runModule } = await import("../app/run-module.ts");
      const run = await runModule(
        {
          ...{ manifestFile, feed, sources: source, trust },
          ...(time !== undefined && { time }),
          ...(record !== undefined && { recordFile: record }),
          ...(storage !== undefined && { storageFolder: storage }),
        },
        { log: createCliLog() },
      );
      if (json === true) printJson(run);
      else printRun(run);
      if (run.outcome.kind === "absent") process.exitCode = 1;
    });
}

function printRun({ readings, outcome, feed, decimals, module, effects }: ModuleRun): void {
  console.log(`module ${module}`);
  for (const { source, path, outcome: status, bytes, unit } of readings)
    console.log(`  ${source} ${path} → ${status}, ${bytes} bytes${unit === "" ? "" : `, ${unit}`}`);
  for (const effect of [effects.requests, effects.observe]) if (effect !== undefined) printEffects(effect);
  console.log(`${feed}  ${outcomeText(outcome, decimals)}`);
  console.log(`fuel ${grouped(outcome.fuel)}, inputs ${outcome.inputs}`);
}

function printEffects({ logs, metrics, reads, writes }: GuestEffects): void {
  const text = (value: Uint8Array | undefined) =>
    value === undefined ? "nothing" : Buffer.from(value).toString("utf8");
  for (const { key, value } of reads) console.log(`  storage ${key} is ${text(value)}`);
  for (const { level, text: line } of logs) console.log(`  ${level}: ${line}`);
  for (const { kind, name, label, value } of metrics)
    console.log(`  ${kind} ${name}${label === "" ? "" : `{${label}}`} ${kind === "counter" ? "+" : "="} ${value}`);
  for (const { key, value } of writes) console.log(`  storage ${key} becomes ${text(value)}`);
}

function collectSource(text: string, all: RunFlags["source"]): RunFlags["source"] {
  const at = text.indexOf("=");
  const [id, url] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !URL.canParse(url)) throw new InvalidArgumentError("expected <source id>=<url>");
  return { ...all, [id]: { url, allowInsecure: url.startsWith("http:") } };
}

function parseTime(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
  throw new InvalidArgumentError("expected whole unix seconds");
}

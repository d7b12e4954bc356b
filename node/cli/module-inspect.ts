import type { Command } from "commander";
import pc from "picocolors";
import type { InspectedModule } from "../app/inspect-module.ts";
import { printJson } from "./json.ts";
import { reportFailure } from "./failure.ts";

type Report = Extract<InspectedModule, { kind: "admitted" }>["report"];
type Refusal = Extract<InspectedModule, { kind: "refused" }>["refusal"];

/** Rules that a manifest has a say in. */
const TERMS: readonly Refusal["data"]["rule"][] = ["size", "memory", "table", "floats", "capability"];

interface InspectFlags {
  readonly manifest?: string;
  readonly json?: boolean;
}

export function addInspectCommand(module: Command): void {
  module
    .command("inspect")
    .description("say whether the sandbox admits a module, stage by stage, and what it found")
    .argument("<file>", "a WebAssembly module or component")
    .option("--manifest <file>", "under the limits and host functions of this manifest")
    .option("--json", "print the report as JSON")
    .action(async (file: string, { manifest, json }: InspectFlags) => {
      const { inspectModuleFile } = await import("../app/inspect-module.ts");
      const inspected = await inspectModuleFile(file, manifest);
      if (json === true) printJson(inspected.kind === "admitted" ? inspected.report : inspected.refusal.data);
      else printInspected(inspected, manifest);
      if (inspected.kind === "refused") reportFailure(inspected.refusal);
    });
}

function printInspected(inspected: InspectedModule, manifest: string | undefined): void {
  const stages = inspected.kind === "admitted" ? inspected.report.stages : (inspected.refusal.data.stages ?? []);
  for (const { name, core, detail } of stages)
    console.log(`${pc.green("✓")} ${name.padEnd(18)} ${core === undefined ? "" : `${core}: `}${detail}`);
  if (inspected.kind === "refused") printRefusal(inspected.refusal, manifest);
  else printReport(inspected.report);
}

function printRefusal({ message, data }: Refusal, manifest: string | undefined): void {
  const { stage, rule, core, section, offset } = data;
  const place = [core, section && `section ${section}`, offset === undefined ? "" : `offset ${offset}`];
  const detail = [`rule ${rule}`, ...place.filter((part) => part !== undefined && part !== "")].join(", ");
  // The message ends with the place as well.
  console.log(`${pc.red("✗")} ${(stage ?? rule).padEnd(18)} ${detail}: ${message.replace(/ \[[^[\]]*\]$/, "")}`);
  if (manifest === undefined && TERMS.includes(rule))
    console.log(`  ${"".padEnd(18)} under the usual terms; for those of a manifest add --manifest FILE`);
}

function printReport({ digest, shape, imports, exports, features, host, memory, rulesVersion }: Report): void {
  const rows: readonly (readonly [string, string])[] = [
    ["digest", digest],
    ["shape", shape],
    ["imports", listed(imports)],
    ["exports", listed(exports)],
    ["features", features.join(", ") || "none beyond the first WebAssembly"],
    ["host functions", host.join(", ") || "none"],
    ["memory", `${memory.initial} pages at the start, at most ${memory.cap}`],
    ["fuel rules", String(rulesVersion)],
  ];
  console.log("");
  for (const [key, value] of rows) console.log(`${key.padEnd(16)} ${value}`);
}

function listed(entries: readonly string[]): string {
  return entries.join(`\n${" ".repeat(17)}`) || "none";
}

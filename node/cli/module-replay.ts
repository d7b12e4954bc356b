import type { Command } from "commander";
import pc from "picocolors";
import type { ReplayedRecord } from "../app/authoring/replay-module.ts";
import { printJson } from "./json.ts";
import { createCliLog } from "./log.ts";
import { grouped, outcomeText } from "./outcome-text.ts";

interface ReplayFlags {
  readonly module?: string;
  readonly json?: boolean;
}

export function addReplayCommand(module: Command): void {
  module
    .command("replay")
    .description("make recorded observations again: value, fuel and inputs must be the same")
    .argument("<records...>", "files that `module run --record`, or a node, wrote")
    .option(
      "--module <file>",
      "the module (default: the one of that digest beside the record, in ./build there or here, or among the bundled fetchers)",
    )
    .option("--json", "print the results as JSON")
    .action(async (records: readonly string[], { module: file, json }: ReplayFlags) => {
      const { replayRecords } = await import("../app/authoring/replay-module.ts");
      const options = { records, ...(file !== undefined && { module: file }) };
      const replayed = await replayRecords(options, { log: createCliLog() });
      if (json === true) printJson(replayed);
      else replayed.forEach(printReplayed);
      if (replayed.some(({ differences }) => differences.length > 0)) process.exitCode = 1;
    });
}

function printReplayed({ file, feed, decimals, seen, differences, notes }: ReplayedRecord): void {
  const mark = differences.length === 0 ? pc.green("✓") : pc.red("✗");
  console.log(`${mark} ${file}: ${feed}  ${outcomeText(seen, decimals)}  fuel ${grouped(seen.fuel)}`);
  for (const difference of differences) console.log(`    ${pc.red(difference)}`);
  for (const note of notes) console.log(`    ${pc.yellow(note)}`);
}

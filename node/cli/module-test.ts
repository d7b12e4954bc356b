import type { Command } from "commander";
import pc from "picocolors";
import { seenOutcome } from "../app/authoring/seen-outcome.ts";
import type { ModuleTest, TestedCase } from "../app/authoring/test-module.ts";
import { printJson } from "./json.ts";
import { createCliLog } from "./log.ts";
import { grouped } from "./outcome-text.ts";

/** Characters. A longer message is cut, or pushes its own fuel aside where nothing else shows it. */
const OUTCOME_WIDTH = 60;

interface TestFlags {
  readonly update?: boolean;
  readonly json?: boolean;
}

export function addTestCommand(module: Command): void {
  module
    .command("test")
    .description("run a fetcher's cases: recorded responses, and the value, fuel and effects they must give")
    .argument("[folder]", "the fetcher's folder, with manifest.yaml and tests/*.yaml", ".")
    .option("--update", "write what was seen into the cases, and say what changed")
    .option("--json", "print the results as JSON")
    .action(async (folder: string, { update = false, json }: TestFlags) => {
      const { testModule } = await import("../app/authoring/test-module.ts");
      const result = await testModule({ folder, update }, { log: createCliLog() });
      if (json === true) printJson(result);
      else printTest(result, update);
      if (result.cases.some(({ passed }) => !passed)) process.exitCode = 1;
    });
}

function printTest({ name, cases, rules }: ModuleTest, updated: boolean): void {
  const width = Math.max(...cases.map((tested) => tested.name.length));
  const outcomes = Math.min(OUTCOME_WIDTH, Math.max(...cases.map((tested) => outcomeOf(tested).length)));
  for (const tested of cases) {
    const { requests, observe } = tested.seen.fuel;
    const fuel = `fuel ${grouped(requests)}${observe === undefined ? "" : ` + ${grouped(observe)}`}`;
    console.log(`${markOf(tested)} ${tested.name.padEnd(width)}  ${outcomeOf(tested).padEnd(outcomes)}  ${fuel}`);
    printDetails(tested);
  }
  const failed = cases.filter(({ passed }) => !passed).length;
  const changed = cases.filter(({ changes }) => changes.length > 0).length;
  const counts = updated
    ? `${changed} of ${cases.length} cases updated${failed === 0 ? "" : `, ${failed} failed`}`
    : `${cases.length - failed} passed, ${failed} failed`;
  console.log(`${name}: ${counts} (fuel rules ${rules})`);
}

/** Differences tell the whole. */
function outcomeOf({ passed, seen }: TestedCase): string {
  const text = seenOutcome(seen);
  return passed || text.length <= OUTCOME_WIDTH ? text : `${text.slice(0, OUTCOME_WIDTH - 1)}…`;
}

function markOf({ passed, changes }: TestedCase): string {
  if (!passed) return pc.red("✗");
  return changes.length > 0 ? pc.yellow("~") : pc.green("✓");
}

/** What a failed module logged, which is what it wrote to stderr, too, often says why. */
function printDetails({ passed, differences, changes, notes, seen }: TestedCase): void {
  for (const difference of differences) console.log(`    ${pc.red(difference)}`);
  for (const change of changes) console.log(`    ${pc.yellow(change)}`);
  for (const note of notes) console.log(`    ${pc.yellow(note)}`);
  if (!passed) for (const line of seen.logs) console.log(`    ${pc.dim(line)}`);
}

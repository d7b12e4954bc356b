import type { Command } from "commander";
import pc from "picocolors";
import type { ModuleTest, TestedCase } from "../app/authoring/test-module.ts";
import { printJson } from "./json.ts";
import { createCliLog } from "./log.ts";
import { grouped } from "./outcome-text.ts";

interface TestFlags {
  readonly update?: boolean;
  readonly json?: boolean;
}

export function addTestCommand(module: Command): void {
  module
    .command("test")
    .description("run a fetcher's cases: recorded responses, and the value, fuel and effects they must give")
    .argument("[folder]", "the fetcher's folder, with manifest.yaml and tests/*.yaml", ".")
    .option("--update", "write what was seen into the cases")
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
  const outcomes = Math.max(...cases.map((tested) => outcomeOf(tested).length));
  for (const tested of cases) {
    const mark = tested.passed ? pc.green("✓") : pc.red("✗");
    const { requests, observe } = tested.seen.fuel;
    const fuel = `fuel ${grouped(requests)}${observe === undefined ? "" : ` + ${grouped(observe)}`}`;
    console.log(`${mark} ${tested.name.padEnd(width)}  ${outcomeOf(tested).padEnd(outcomes)}  ${fuel}`);
    for (const difference of tested.differences) console.log(`    ${pc.red(difference)}`);
    for (const note of tested.notes) console.log(`    ${pc.yellow(note)}`);
  }
  const failed = cases.filter(({ passed }) => !passed).length;
  const counts = updated ? `${cases.length} cases updated` : `${cases.length - failed} passed, ${failed} failed`;
  console.log(`${name}: ${counts} (fuel rules ${rules})`);
}

function outcomeOf({ seen }: TestedCase): string {
  return seen.value ?? `no value: ${seen.failure ?? ""}`;
}

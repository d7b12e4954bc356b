// Usage: npm run mutate -- [--only PART…] [--list] [--json]
// Changes the contracts in small ways, one at a time, and runs the contract tests: a change that no test notices is a hole in the
// tests, unless it is listed with the reason why nothing can tell it apart.
import os from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { ensureContracts } from "../toolchain/contracts.ts";
import { ROOT } from "../toolchain/root.ts";
import type { Verdict } from "./jobs.ts";
import { describeMutant, type Mutant } from "./mutant.ts";
import { type Project, readProject } from "./project.ts";
import { isGood, joined, judge, linesOf, type Report } from "./report.ts";
import { runMutants } from "./run.ts";
import { readExceptions } from "./survivors.ts";
import { switchSources } from "./switched-contracts.ts";
import { findTargets, type Target } from "./targets.ts";

interface Flags {
  readonly only?: readonly string[];
  readonly within?: string;
  readonly list?: boolean;
  readonly workers: number;
  readonly json?: boolean;
}

const EXCEPTIONS = path.join(ROOT, "test", "contracts", "mutation", "survivors.yaml");

await new Command("mutate")
  .description("Tests the contract tests: each small change of a contract must make one fail.")
  .option("--only <part...>", "only the contracts whose path holds one of these parts, e.g. registry SchnorrSignature")
  .option("--within <function>", "only the mutants of functions whose name holds this, e.g. SchnorrSignature.isValid")
  .option("--workers <count>", "processes that run tests", parseCount, os.availableParallelism())
  .option("--list", "print the mutants without testing them")
  .option("--json", "print one JSON document")
  .action(mutate)
  .parseAsync();

async function mutate({ only = [""], within = "", list = false, json = false, workers }: Flags): Promise<void> {
  // Hardhat looks for its configuration in the working directory.
  process.chdir(ROOT);
  const targets = findTargets(ROOT).filter(({ file }) => only.some((part) => file.includes(part)));
  if (targets.length === 0) {
    fail(`no contract's path holds ${only.join(" or ")}`);
    return;
  }
  await ensureContracts();
  const project = readProject(ROOT);
  const groups = groupsOf(targets).map((group) => chooseMutants(project, group, within));
  if (list) {
    const mutants = groups.flatMap((group) => group.mutants);
    const lines = mutants.map((mutant) => `${mutant.line}: ${describeMutant(mutant)}`);
    print(json, mutants, lines);
    return;
  }
  const exceptions = readExceptions(EXCEPTIONS);
  const leftOut = exceptions.leftOut.map(({ test }) => test);
  const reports: Report[] = [];
  for (const group of groups.filter(({ mutants }) => mutants.length > 0)) {
    const onVerdict = createProgress(group.mutants);
    const verdicts = await runMutants({ ...group, project, leftOut, workers, onVerdict });
    const files = new Set(group.targets.map(({ file }) => file));
    reports.push(judge(group.switched.mutants, verdicts, { exceptions, files }));
  }
  const report = joined(reports);
  print(json, report, linesOf(report));
  if (!isGood(report)) process.exitCode = 1;
}

/** Those of one folder are compiled together. All at once would make the contracts take more gas than their tests give them. */
function groupsOf(targets: readonly Target[]): readonly (readonly Target[])[] {
  return [...Map.groupBy(targets, ({ file }) => path.dirname(file)).values()];
}

function chooseMutants(project: Project, targets: readonly Target[], within: string) {
  const files = targets.map(({ file }) => file);
  const switched = switchSources(project, files);
  return { targets, switched, mutants: switched.mutants.filter((mutant) => mutant.within.includes(within)) };
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("expected a whole number above 0");
}

/** Progress goes to standard error. */
function createProgress(mutants: readonly Mutant[]): (verdict: Verdict) => void {
  const byId = new Map(mutants.map((mutant) => [mutant.id, mutant]));
  let done = 0;
  return (verdict) => {
    const mutant = byId.get(verdict.mutant);
    const name = mutant === undefined ? "" : describeMutant(mutant);
    console.error(`${++done}/${mutants.length} ${name}: ${endOf(verdict)}`);
  };
}

function endOf(verdict: Verdict): string {
  if (verdict.kind === "killed") return `killed by ${path.basename(verdict.file)}: ${verdict.test}: ${verdict.message}`;
  return verdict.kind === "survived" ? "SURVIVED" : `LOST: ${verdict.reason}`;
}

function print(json: boolean, document: unknown, lines: readonly string[]): void {
  console.log(json ? JSON.stringify(document, undefined, 2) : lines.join("\n"));
}

function fail(message: string): void {
  console.error(`mutate: ${message}`);
  process.exitCode = 1;
}

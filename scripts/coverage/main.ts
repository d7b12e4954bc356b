// Usage: npm run coverage [-- --json]
// Runs the mocha tests of the contracts with Hardhat's coverage, and fails below 98 % of statements, for a statement that no test
// reaches and nobody has given the reason of, and for a reason given of a statement that is reached.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { parse } from "yaml";
import { z } from "zod";
import { HARDHAT_CLI } from "../toolchain/hardhat.ts";
import { ROOT } from "../toolchain/root.ts";
import { findSuites } from "../test/suites.ts";
import { readStatements, type Statement } from "./statements.ts";

/** Of all statements. */
const REQUIRED_PERCENT = 98;
const CONFIG = path.join(import.meta.dirname, "hardhat.config.ts");
const EXCEPTIONS = path.join(ROOT, "test", "contracts", "coverage", "exceptions.yaml");

const exceptionsSchema = z.strictObject({
  /** Tests that measure gas or code, by their full titles, and files of such tests. */
  leftOut: z.array(z.strictObject({ test: z.string().optional(), file: z.string().optional(), reason: z.string().min(1) })),
  unreachable: z.array(z.strictObject({ file: z.string(), text: z.string(), reason: z.string().min(1) })),
});

await new Command("coverage")
  .description("Measures which statements of the contracts the contract tests reach.")
  .option("--json", "print one JSON document")
  .action(measure)
  .parseAsync();

function measure({ json = false }: { readonly json?: boolean }): void {
  process.chdir(ROOT);
  const { leftOut, unreachable } = exceptionsSchema.parse(parse(readFileSync(EXCEPTIONS, "utf8")));
  rmSync(path.join(ROOT, "coverage"), { recursive: true, force: true });
  const titles = leftOut.flatMap(({ test }) => test?.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&") ?? []).join("|");
  const files = findSuites(ROOT, []).contracts.mocha.filter((file) => !leftOut.some((left) => left.file === file));
  const args = ["--config", CONFIG, "test", "mocha", "--coverage", "--grep-exclude", titles, ...files];
  const { status } = spawnSync(process.execPath, [HARDHAT_CLI, ...args], { stdio: ["ignore", json ? 2 : "inherit", 2] });
  const statements = readStatements(ROOT);
  const isListed = (statement: Statement) => unreachable.some((known) => isSame(known, statement));
  const missed = statements.filter(({ covered }) => !covered);
  const percent = (100 * (statements.length - missed.length)) / statements.length;
  const report = {
    testsPassed: status === 0,
    ...{ statements: statements.length, percent: Number(percent.toFixed(2)), required: REQUIRED_PERCENT },
    unreachable: unreachable.filter((known) => missed.some((statement) => isSame(known, statement))),
    missed: missed.filter((statement) => !isListed(statement)),
    wronglyListed: unreachable.filter((known) => !missed.some((statement) => isSame(known, statement))),
  };
  console.log(json ? JSON.stringify(report, undefined, 2) : linesOf(report).join("\n"));
  const good = status === 0 && percent >= REQUIRED_PERCENT && report.missed.length + report.wronglyListed.length === 0;
  if (!good) process.exitCode = 1;
}

type Place = Pick<Statement, "file" | "text">;

function isSame(a: Place, b: Place): boolean {
  return a.file === b.file && a.text === b.text;
}

interface Report {
  readonly testsPassed: boolean;
  readonly statements: number;
  readonly percent: number;
  readonly unreachable: readonly (Place & { readonly reason: string })[];
  readonly missed: readonly Statement[];
  readonly wronglyListed: readonly Place[];
}

function linesOf({ testsPassed, statements, percent, unreachable, missed, wronglyListed }: Report): string[] {
  return [
    ...unreachable.map(({ file, text, reason }) => `unreachable: ${file}: ${text}: ${reason}`),
    ...missed.map(({ file, line, text }) => `MISSED: ${file}:${line}: ${text}`),
    ...wronglyListed.map(({ file, text }) => `REACHED or gone, though listed as unreachable: ${file}: ${text}`),
    ...(testsPassed ? [] : ["a test failed: the figures tell nothing"]),
    `${percent} % of ${statements} statements (at least ${REQUIRED_PERCENT} % required)`,
  ];
}

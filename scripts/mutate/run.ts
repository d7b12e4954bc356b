import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Verdict } from "./jobs.ts";
import type { Mutant } from "./mutant.ts";
import { MutantPool } from "./pool.ts";
import type { Project } from "./project.ts";
import { compileSwitched, type Switched } from "./switched-contracts.ts";
import type { Target } from "./targets.ts";
import { ROOT } from "../toolchain/root.ts";

const CACHE = path.join(ROOT, "build", "mutants");

export interface RunOptions {
  readonly project: Project;
  readonly switched: Switched;
  readonly targets: readonly Target[];
  /** Those of the switched mutants that are to be tested. */
  readonly mutants: readonly Mutant[];
  /** Full titles of tests that are not run. */
  readonly leftOut: readonly string[];
  readonly workers: number;
  readonly onVerdict: (verdict: Verdict) => void;
}

/**
 * Tests the mutants.
 * @throws TypeError if a test fails without any mutant: then a failure tells nothing.
 */
export async function runMutants(options: RunOptions): Promise<Map<number, Verdict>> {
  const { targets, mutants, leftOut, workers, onVerdict } = options;
  const testsOf = new Map(targets.map(({ file, tests }) => [file, tests]));
  const pool = new MutantPool({ size: workers, contractsFile: await compiledFile(options), leftOut });
  try {
    await testWithout(pool, new Set(targets.flatMap(({ tests }) => tests)));
    const verdicts = new Map<number, Verdict>();
    const tasks = mutants.map(
      ({ id, file }) => ({ kind: "test", mutant: id, files: testsOf.get(file) ?? [] }) as const,
    );
    await pool.run(tasks, (verdict) => {
      verdicts.set(verdict.mutant, verdict);
      onVerdict(verdict);
    });
    return verdicts;
  } finally {
    pool.stop();
  }
}

/** All mutants are there and none is switched on: every test must pass. */
async function testWithout(pool: MutantPool, files: ReadonlySet<string>): Promise<void> {
  const failed: string[] = [];
  const tasks = [...files].map((file) => ({ kind: "test", mutant: 0, files: [file] }) as const);
  let done = 0;
  await pool.run(tasks, (verdict) => {
    console.error(`without any mutant: ${++done} of ${tasks.length} test files`);
    if (verdict.kind === "killed") failed.push(`${verdict.file}: ${verdict.test}: ${verdict.message}`);
    if (verdict.kind === "lost") failed.push(verdict.reason);
  });
  if (failed.length === 0) return;
  throw new TypeError(`these tests fail without any mutant, so they can tell nothing of one:\n${failed.join("\n")}`);
}

/** The switched contracts as a file. Compiling takes a minute, so they are kept until a source changes. */
async function compiledFile({ project, switched, targets }: RunOptions): Promise<string> {
  const digest = createHash("sha256")
    .update(JSON.stringify([switched.sources, project.input.settings]))
    .digest("hex");
  const file = path.join(CACHE, `${digest.slice(0, 16)}.json`);
  if (existsSync(file) && (await readFile(file, "utf8")).endsWith("]")) return file;
  await mkdir(CACHE, { recursive: true });
  const files = targets.map((target) => target.file);
  await writeFile(file, JSON.stringify(compileSwitched(project, switched, files)));
  return file;
}

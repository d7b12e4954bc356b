import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { FUEL_RULES, loadFetcher } from "../fetchers.ts";
import { MANIFEST } from "./build/build-module.ts";
import { judgeCase, type Judgement } from "./judge-case.ts";
import { runCase, type SeenCase } from "./run-case.ts";
import { readCase } from "./test-case.ts";
import { updateCase } from "./update-case.ts";
import { withSandbox } from "./with-sandbox.ts";

export interface TestModuleError {
  readonly code: "no-cases";
  readonly folder: string;
}

export interface TestModuleOptions {
  /** A fetcher's folder. */
  readonly folder: string;
  /** Write what was seen into the cases. */
  readonly update?: boolean;
}

export interface TestedCase extends Judgement {
  readonly name: string;
  readonly passed: boolean;
  readonly seen: SeenCase;
  /** What was written into the case, a line each. */
  readonly changes: readonly string[];
}

export interface ModuleTest {
  readonly module: Hex;
  readonly name: string;
  /** Version of the fuel rules of this release. */
  readonly rules: number;
  readonly cases: readonly TestedCase[];
}

/**
 * Runs the cases in a fetcher's `tests` folder, in the sandbox in which a node runs it.
 * @throws QuorateError for a folder without cases, a case that is none, a module that its manifest does not name.
 */
export async function testModule(
  { folder, update = false }: TestModuleOptions,
  deps: { log: Log },
): Promise<ModuleTest> {
  const files = await caseFiles(folder);
  const cases = await Promise.all(files.map((file) => readCase(file)));
  return withSandbox(deps, async (sandboxDeps) => {
    const manifestFile = path.join(folder, MANIFEST);
    const fetcher = await loadFetcher({ manifestFile, sources: {}, trust: "author" }, sandboxDeps);
    const tested: TestedCase[] = [];
    for (const caseFile of cases) {
      const seen = await runCase(caseFile, { sandbox: sandboxDeps.sandbox, fetcher });
      const changes = update && seen.unrecorded.length === 0 ? await updateCase(caseFile, seen) : [];
      const judgement = judgeCase(update ? seen : caseFile.test.expect, seen);
      tested.push({ name: caseFile.name, passed: judgement.differences.length === 0, ...judgement, seen, changes });
    }
    return { module: fetcher.module, name: fetcher.manifest.name, rules: FUEL_RULES, cases: tested };
  });
}

async function caseFiles(folder: string): Promise<string[]> {
  const tests = path.join(folder, "tests");
  const names = existsSync(tests) ? await readdir(tests) : [];
  const files = names.filter((name) => name.endsWith(".yaml")).sort();
  if (files.length > 0) return files.map((name) => path.join(tests, name));
  throw new QuorateError<TestModuleError>(
    { code: "no-cases", folder },
    `${tests} holds no cases: write one as docs/guests.md shows, and let --update fill in what it expects`,
  );
}

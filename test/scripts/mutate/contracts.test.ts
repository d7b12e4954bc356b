import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../../../scripts/toolchain/root.ts";
import { trials } from "../../support/depth.ts";

const MAIN = path.join(ROOT, "scripts/mutate/main.ts");
/** A slice of half a minute. */
const SLICE = ["--only", "contracts/verifiers"];

describe("the mutants of the contracts", () => {
  it("are each noticed by a test, or listed with the reason why none can", async () => {
    const args = trials({ slice: SLICE, full: [] });
    const run = promisify(execFile)(process.execPath, [MAIN, "--json", ...args], { maxBuffer: 2 ** 26 });
    // It ends with 1 for a survivor, and says which on standard output all the same.
    const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
    const { mutants, lost, unlisted, wronglyListed, gone } = JSON.parse(stdout) as Record<string, unknown>;
    const none = { lost: [], unlisted: [], wronglyListed: [], gone: [] };
    assert.deepEqual({ lost, unlisted, wronglyListed, gone }, none);
    assert.ok(Number(mutants) > 50, `${String(mutants)} mutants`);
  });
});

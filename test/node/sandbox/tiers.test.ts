import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createProgress, trials } from "../../support/depth.ts";
import { generateModules } from "./fuzz/generated-modules.ts";

const run = promisify(execFile);
/** By default a function goes from the quick compiler to the optimising one when it is hot; at once; never; from the start. */
const TIERS = [[], ["--wasm-sync-tier-up", "--wasm-tiering-budget=100"], ["--liftoff-only"], ["--no-liftoff"]];
const OUR_MODULES = trials({ slice: 100, full: 20_000 });
const BINARYENS_MODULES = trials({ slice: 6, full: 300 });
const BATCH = 10;
/** A line for each module. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What a script prints on each tier. */
async function onEachTier(script: URL, args: readonly string[] = []): Promise<string[]> {
  const file = fileURLToPath(script);
  const outputs: string[] = [];
  for (const flags of TIERS) {
    const { stdout } = await run(process.execPath, [...flags, file, ...args], { maxBuffer: MAX_OUTPUT_BYTES });
    outputs.push(stdout.trim());
  }
  return outputs;
}

describe("fuel, depth and results are the same on each tier of the engine", () => {
  it("of a fetcher, and of recursions of all sizes", async () => {
    const digests = await onEachTier(new URL("./support/tier-digest.ts", import.meta.url));
    assert.match(digests[0] ?? "", /^[0-9a-f]{64}$/);
    assert.equal(new Set(digests).size, 1, digests.join(" "));
  });

  it(`of ${OUR_MODULES + BINARYENS_MODULES} generated modules`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "quorate-tiers-"));
    try {
      await writeModules(folder);
      const worker = new URL("./fuzz/tier-worker.ts", import.meta.url);
      const outputs = await onEachTier(worker, [folder, String(OUR_MODULES)]);
      const [standard = [], ...others] = outputs.map((output) => output.split("\n"));
      assert.equal(standard.length, OUR_MODULES + BINARYENS_MODULES);
      for (const other of others) {
        assert.deepEqual(
          other.filter((line, index) => line !== standard[index]),
          [],
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** NaNs and all: metered, they have the same bits everywhere. */
async function writeModules(folder: string): Promise<void> {
  const progress = createProgress("modules of binaryen made", BINARYENS_MODULES);
  for (let from = 0; from < BINARYENS_MODULES; from += BATCH) {
    const count = Math.min(BATCH, BINARYENS_MODULES - from);
    for (const { seed, bytes } of await generateModules({ from: 1_000_000 + from, count, nans: true })) {
      await writeFile(path.join(folder, `binaryen-${seed}.wasm`), bytes);
    }
    progress(from);
  }
}

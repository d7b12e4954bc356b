import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { meterCore } from "../../../../node/sandbox/admission/admit.ts";
import { createProgress, trials } from "../../../support/depth.ts";
import { generateModules } from "./generated-modules.ts";
import { runExports, runOne } from "./module-run.ts";
import { randomModule } from "./random-module.ts";

const OUR_MODULES = trials({ slice: 500, full: 50_000 });
const BINARYENS_MODULES = trials({ slice: 8, full: 600 });
/** Modules made at once, so that a long run tells how far it is. */
const BATCH = 8;
const FUEL = 100_000n;

describe("a generated module does the same with the meter inside as without", () => {
  it(`${OUR_MODULES} of our own generator`, (context) => {
    const counts = { values: 0, traps: 0, limited: 0 };
    const progress = createProgress("our modules, raw and metered", OUR_MODULES);
    for (let seed = 0; seed < OUR_MODULES; seed++) {
      // Its NaNs are as they come, and the meter makes them canonical; the raw one does so itself.
      const [metered, raw] = [randomModule(seed, { tame: false }), randomModule(seed, { tame: true })];
      compare({ seed, metered, raw }, counts);
      progress(seed);
    }
    context.diagnostic(JSON.stringify(counts));
    checkCounts(counts, OUR_MODULES);
  });

  it(`${BINARYENS_MODULES} of binaryen's`, async (context) => {
    const counts = { values: 0, traps: 0, limited: 0 };
    const progress = createProgress("binaryen's modules, raw and metered", BINARYENS_MODULES);
    for (let from = 0; from < BINARYENS_MODULES; from += BATCH) {
      for (const { seed, bytes } of await generateModules({ from, count: BATCH, nans: false })) {
        compare({ seed, metered: bytes, raw: bytes }, counts);
      }
      progress(from);
    }
    context.diagnostic(JSON.stringify(counts));
    checkCounts(counts, BINARYENS_MODULES);
  });
});

interface Counts {
  values: number;
  traps: number;
  /** Ended by a limit of the meter: nothing to compare. */
  limited: number;
}

interface Pair {
  readonly seed: number;
  /** Runs with the meter inside. */
  readonly metered: Uint8Array;
  /** Runs as it is. */
  readonly raw: Uint8Array;
}

/** All of them are admitted: they use what is admitted, and nothing else. */
function compare({ seed, metered, raw }: Pair, counts: Counts): void {
  for (const run of runExports(meterCore(metered).instrumented, FUEL)) {
    if (run.limit !== undefined) {
      counts.limited++;
      continue;
    }
    // Safe without the meter: the metered run has ended by itself.
    const { result, effects } = runOne(raw, run.name);
    assert.deepEqual([result, effects], [run.result, run.effects], `seed ${seed}, export ${run.name}`);
    counts[run.result === "trap" ? "traps" : "values"]++;
  }
}

/** Most calls come to an end of their own, else little was compared. */
function checkCounts({ values, traps, limited }: Counts, modules: number): void {
  assert.ok(values > modules && traps > modules / 4 && limited < (values + traps) / 2);
}

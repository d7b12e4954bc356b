import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { admitModule } from "../../../../node/sandbox/admission/admit.ts";
import { wat } from "../support/wat.ts";
import { outputOf, ROUND_TIME, runModule } from "./support/run-program.ts";

/** Neither toolchain can be installed everywhere, so programs of theirs are written out: see the texts' own headers. */
const TOOLCHAINS: readonly (readonly [name: string, imports: number])[] = [
  ["go", 36],
  ["tinygo", 17],
];

describe("WASI toolchains", () => {
  for (const [name, imports] of TOOLCHAINS) {
    const text = new URL(`programs/${name}-runtime.wat`, import.meta.url);
    const module = async () => wat(await readFile(text, "utf8"));
    const run = {
      input: '{"feed":"btc-usd"}'.repeat(100),
      folders: { "/data": { "params.json": "{}" } },
    };

    it(`${name}: its imports are admitted`, async () => {
      const { report } = await admitModule(await module());
      assert.equal(report.shape, "command");
      assert.equal(report.imports.length, imports);
    });

    for (const phase of ["requests", "observe"] as const) {
      it(`${name}: its runtime starts, reads the envelope and answers ${phase}`, async () => {
        const result = await runModule(await module(), { ...run, phase });
        assert.equal(outputOf(result), `${phase} ${run.input}`);
      });
    }

    it(`${name}: equal runs are equal, at any time`, async () => {
      const first = await runModule(await module(), run);
      const later = await runModule(await module(), { ...run, time: ROUND_TIME + 4 });
      assert.deepEqual(await runModule(await module(), run), first);
      assert.deepEqual(later, first);
    });

    it(`${name}: a check that fails is its exit code`, async () => {
      const result = await runModule(await module(), { ...run, folders: {} });
      assert.ok(result.kind === "failed");
      assert.equal(result.code, "exit");
    });
  }
});

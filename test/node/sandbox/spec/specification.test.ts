import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { meterCore } from "../../../../node/sandbox/admission/admit.ts";
import { unpackArchive, type SpecFile } from "../../../../scripts/generate/wasm-spec/archive.ts";
import { deviationAt } from "./deviations.ts";
import { SpecMachine } from "./spec-machine.ts";

/** Assertions that passed when the suite was taken in; fewer say that something is refused which was not. */
const LEAST_PASSED = 23_400;
/** Commands that need a module which is not admitted: table operations, passive elements, more locals or targets than the caps. */
const MOST_REFUSED = 1_850;

const archive = unpackArchive(readFileSync(new URL("../../../vectors/wasm-spec/suite.json.br", import.meta.url)));
const total = { passed: 0, refused: 0, deviating: 0 };

describe("the specification's tests, metered", () => {
  for (const file of archive.files) it(file.name, (context) => runFile(file, context));

  it("are all there", (context) => {
    context.diagnostic(`${total.passed} passed, ${total.refused} refused, ${total.deviating} known to deviate`);
    assert.ok(total.passed >= LEAST_PASSED, `${total.passed} passed`);
    assert.ok(total.refused <= MOST_REFUSED, `${total.refused} refused`);
  });
});

function runFile(file: SpecFile, context: TestContext): void {
  const machine = new SpecMachine({ prepare: (bytes) => meterCore(bytes).instrumented });
  const counts = { passed: 0, refused: 0, deviating: 0, done: 0 };
  const failures: string[] = [];
  for (const command of file.commands) {
    const deviation = deviationAt(command.at);
    try {
      counts[machine.execute(command)]++;
      if (deviation !== undefined) failures.push(`${command.at} passed: ${deviation}`);
    } catch (error) {
      if (deviation === undefined) failures.push(`${command.at} ${command.kind}: ${String(error)}`);
      else counts.deviating++;
    }
  }
  const reasons = new Set(machine.refusals.map((reason) => reason.replace(/ at offset \d+/, "")));
  context.diagnostic(`${counts.passed} passed, ${counts.refused} refused ${[...reasons].join("; ")}`);
  for (const key of ["passed", "refused", "deviating"] as const) total[key] += counts[key];
  assert.deepEqual(failures, []);
}

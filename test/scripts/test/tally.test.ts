import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closingLines, conclude, fault, NOTHING } from "../../../scripts/test/tally.ts";

describe("tally", () => {
  it("adds up, and ends with the counts", () => {
    const total = conclude([{ ...NOTHING, passed: 2 }, { ...NOTHING, passed: 1, failed: 1 }, fault("it died")]);
    assert.deepEqual(closingLines(total), ["fault: it died", "3 passed, 2 failed"]);
  });

  it("counts a run that tests nothing as failed", () => {
    assert.deepEqual(closingLines(conclude([])), ["fault: no test ran", "0 passed, 1 failed"]);
    const skipped = [{ name: "a", reason: "no GPU" }];
    assert.equal(conclude([{ ...NOTHING, skipped }]).failed, 1);
  });

  it("says what was skipped and why", () => {
    const skipped = [
      { name: "a", reason: "no GPU" },
      { name: "b", reason: "" },
    ];
    assert.deepEqual(closingLines({ ...NOTHING, passed: 1, skipped }), [
      "skipped: a (no GPU)",
      "skipped: b (no reason given)",
      "1 passed, 0 failed, 2 skipped",
    ]);
  });
});

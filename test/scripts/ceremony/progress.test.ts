import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createProgressPrinter } from "../../../scripts/ceremony/progress.ts";

describe("the progress of a ceremony", () => {
  it("prints each step, and one in two seconds of what snarkjs says", () => {
    const printed: string[] = [];
    let now = 10_000;
    const progress = createProgressPrinter({ print: (line) => printed.push(line), now: () => now });
    progress("verifying …");
    progress("verified …");
    progress("Multiexp: 1/2");
    now += 1_999;
    progress("Multiexp: 2/2");
    now += 1;
    progress("Hash:\n\t\tab cd");
    assert.deepEqual(printed, ["verifying …", "verified …", "Hash: ab cd"]);
  });
});

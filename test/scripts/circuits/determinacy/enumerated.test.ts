import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Deduction } from "../../../../scripts/circuits/determinacy/deduction.ts";
import { trials } from "../../../support/depth.ts";
import { determinedByEnumeration } from "./enumerate.ts";
import { randomSystem } from "./small-systems.ts";

const RUNS = trials({ slice: 1_500, full: 20_000 });

/** Of what enumeration says to be determined, how much the rules must find at least: they miss squares and the like. */
const LEAST_SHARE_FOUND = 0.5;

describe("Deduction over small fields", () => {
  it("says of no wire to be determined that has two values in all assignments", () => {
    let [found, truly] = [0, 0];
    fc.assert(
      fc.property(randomSystem, ({ system, given, nonzero }) => {
        const truth = determinedByEnumeration(system, { given, nonzero });
        const deduction = new Deduction(system);
        deduction.give(given);
        for (const [i, form] of nonzero.entries()) deduction.assumeNonzero(form, i);
        deduction.run();
        for (let wire = 1; wire < system.wires; wire++) {
          if (given.includes(wire)) continue;
          if (deduction.isDetermined(wire)) assert.ok(truth.has(wire), `wire ${wire} has several values`);
          found += Number(deduction.isDetermined(wire));
          truly += Number(truth.has(wire));
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(found >= LEAST_SHARE_FOUND * truly, `found ${found} of ${truly}`);
  });
});

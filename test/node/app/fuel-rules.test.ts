import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireFuelRules } from "../../../node/app/fetchers.ts";
import { RULES_VERSION } from "../../../node/sandbox/admission/rules.ts";
import { simConfiguration } from "../../support/sim/committee.ts";

describe("fuel rules", () => {
  it("are those of the committee, or the node refuses to start", () => {
    const configuration = simConfiguration({ n: 4, f: 1 });
    requireFuelRules({ ...configuration, fuelRules: RULES_VERSION });
    assert.throws(() => requireFuelRules({ ...configuration, fuelRules: RULES_VERSION + 1 }), {
      code: "fuel-rules-mismatch",
    });
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { measureLocalAggregate } from "../../../../node/app/aggregate/measure.ts";
import { ensureInstance } from "../../../../scripts/circuits/ensure-circuits.ts";
import { withCode } from "../../../support/error-code.ts";

describe("measuring a local aggregate", () => {
  it("times each run, and weighs process, document and samples", async () => {
    const { artifacts } = await ensureInstance({ instance: "local-k4-w32" });
    const measured = await measureLocalAggregate("local-k4-w32", { artifacts, runs: 2 });
    for (const times of [measured.witnessMs, measured.proveMs, measured.totalMs, measured.verifyMs]) {
      assert.equal(times.length, 2);
      assert.ok(times.every((ms) => ms > 0));
    }
    assert.equal(measured.totalMs[0], (measured.witnessMs[0] ?? 0) + (measured.proveMs[0] ?? 0));
    assert.ok(measured.peakBytes >= measured.residentBytes && measured.residentBytes > 50e6);
    assert.equal(measured.rawBytes, 16);
    assert.ok(measured.documentBytes > 512 && measured.documentBytes < 1024);
  });

  it("is refused for a circuit that is none", async () => {
    const { artifacts } = await ensureInstance({ instance: "local-k4-w32" });
    await assert.rejects(
      measureLocalAggregate("local-k5-w32", { artifacts, runs: 1 }),
      withCode("local-circuit-unknown"),
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProvingPace } from "../../../node/rounds/proving-pace.ts";

const FLOOR = 15_000;

/** A pace that saw proofs take so long, one after the other. */
function paceAfter(tookMs: readonly number[]): ProvingPace {
  const pace = new ProvingPace(FLOOR);
  for (const [i, ms] of tookMs.entries()) {
    pace.transmitted(BigInt(i), i);
    pace.proven(BigInt(i), i + ms);
  }
  return pace;
}

const repeated = (times: number, ms: number) => Array.from({ length: times }, () => ms);

describe("the proving pace", () => {
  it("is its floor while proofs are quick, and before the first", () => {
    assert.equal(paceAfter([]).delta, FLOOR);
    assert.equal(paceAfter(repeated(20, 5_000)).delta, FLOOR);
  });

  it("is three times the usual time where that is longer, and bounded", () => {
    assert.equal(paceAfter([20_000]).delta, 60_000);
    assert.equal(paceAfter(repeated(20, 20_000)).delta, 60_000);
    assert.equal(paceAfter(repeated(20, 3_600_000)).delta, 120_000);
  });

  it("does not follow what fewer than half of the members cause", () => {
    const late = [...repeated(5, FLOOR + 4_000), ...repeated(11, 4_000)];
    assert.equal(paceAfter(late).delta, FLOOR);
  });

  it("forgets a bad hour", () => {
    assert.equal(paceAfter([...repeated(16, 60_000), ...repeated(7, 3_000)]).delta, 120_000);
    assert.equal(paceAfter([...repeated(16, 60_000), ...repeated(9, 3_000)]).delta, FLOOR);
  });

  it("counts a report once, and no report that it never saw or has long given up", () => {
    const pace = new ProvingPace(FLOOR);
    pace.proven(7n, 1_000_000);
    pace.transmitted(1n, 0);
    pace.proven(1n, 1_000);
    pace.proven(1n, 1_000_000);
    assert.equal(pace.delta, FLOOR);
    for (let index = 2n; index < 100n; index++) pace.transmitted(index, 0);
    pace.proven(2n, 1_000_000);
    assert.equal(pace.delta, FLOOR);
    pace.proven(99n, 30_000);
    assert.equal(pace.delta, FLOOR);
    pace.proven(98n, 30_000);
    assert.equal(pace.delta, 90_000);
  });
});

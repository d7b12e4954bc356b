import assert from "node:assert/strict";
import os from "node:os";
import { describe, it } from "node:test";
import { createProgress, trials } from "../support/depth.ts";
import { coverageGaps } from "../support/sim/coverage.ts";
import { playSeed, reproduction } from "../support/sim/play.ts";
import { realCommittee, realMembers } from "../support/sim/real-keys.ts";
import { runSeeds } from "../support/sim/run.ts";
import { drawSchedule, type Overrides } from "../support/sim/schedule.ts";
import { Simulation } from "../support/sim/simulation.ts";
import type { Tally } from "../support/sim/tally.ts";
import type { Invariant } from "../support/sim/violation.ts";

// Schedules are drawn from seeds: networks that lose, delay, repeat and part, crashes at every effect, lost disks, skewed
// clocks, and up to f members that do what the strategies in test/support/sim/adversaries do.

const SCHEDULES = trials({ slice: 400, full: 20_000 });
const REAL_KEY_SCHEDULES = trials({ slice: 12, full: 200 });
const MOST_REAL_MEMBERS = 10;
const WORKERS = Math.min(2, os.availableParallelism());

/** The invariants that fall over many seeds. */
function broken(overrides: Overrides, seeds: number): ReadonlySet<Invariant> {
  const failures = Array.from({ length: seeds }, (_, seed) => playSeed(seed + 1, overrides).failure);
  return new Set(failures.flatMap((failure) => failure?.invariant ?? []));
}

/** One line per kind of thing that happened. */
function summarise(tally: Tally): readonly string[] {
  const lines = Map.groupBy(Object.entries(tally), ([name]) => /^(.*): /.exec(name)?.[1] ?? "all");
  return [...lines].map(([kind, counts]) => {
    const shown = counts.map(([name, count]) => `${name.replace(`${kind}: `, "")} ${count}`);
    return `${kind}: ${shown.join(", ")}`;
  });
}

describe("simulation", () => {
  it(`every invariant holds after every event of ${SCHEDULES} schedules`, async (t) => {
    const onProgress = createProgress("schedules", SCHEDULES);
    const report = await runSeeds({ from: 1, count: SCHEDULES, workers: WORKERS, onProgress });
    const shown = report.failures.map(({ seed, message }) => `${message}\n  ${reproduction(seed)}`);
    assert.equal(report.failures.length, 0, shown.join("\n"));
    assert.deepEqual(coverageGaps(report), [], "the schedules did not try enough");
    for (const line of summarise(report.tally)) t.diagnostic(line);
  });

  it(`and of ${REAL_KEY_SCHEDULES} schedules with real keys`, async () => {
    const identities = await realMembers(MOST_REAL_MEMBERS);
    for (let seed = 1; seed <= REAL_KEY_SCHEDULES; seed++) {
      const schedule = drawSchedule(seed, { n: seed % 8 === 0 ? 7 : 4 });
      const simulation = new Simulation({ schedule, committee: realCommittee(schedule, identities) });
      simulation.play();
      assert.ok(simulation.finals.some((finals) => finals.length > 0) || !schedule.expectsLiveness, `seed ${seed}`);
    }
  });

  it("is the same each time it is played", () => {
    for (const seed of [1, 2, 3, 4, 5]) assert.deepEqual(playSeed(seed), playSeed(seed));
  });

  it("sees values outside the honest range once f + 1 members lie", () => {
    const overrides: Overrides = { profile: "byzantine", n: 4, faulty: 2, strategies: ["value-liar"] };
    assert.deepEqual([...broken(overrides, 10)], ["honest range"]);
  });

  it("sees two final reports of one slot once f + 1 members equivocate together", () => {
    for (const n of [4, 7]) {
      const faulty = Math.floor((n - 1) / 3) + 1;
      const overrides: Overrides = { profile: "byzantine", n, faulty, strategies: ["two-proposals", "double-voter"] };
      assert.ok(broken(overrides, 25).has("agreement"), `n = ${n}`);
    }
  });

  it("sees that rounds stop once f + 1 members are mute", () => {
    const schedule = drawSchedule(1, { profile: "byzantine", n: 4, faulty: 2, strategies: ["mute"] });
    const simulation = new Simulation({ schedule: { ...schedule, expectsLiveness: true } });
    assert.throws(() => simulation.play(), { invariant: "liveness" });
  });
});

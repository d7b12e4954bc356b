import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { playSeed, reproduction } from "../support/sim/play.ts";
import { plant, removeMutants } from "./support/mutant.ts";
import { PLANTED_BUGS } from "./support/planted-bugs.ts";

/** A bug that shows in none of so many schedules counts as missed. */
const MAX_SEEDS = 200;

describe("the simulation catches a planted bug:", () => {
  const names = PLANTED_BUGS.map((_, index) => `bug-${index}`);
  after(() => removeMutants(names));

  for (const [index, bug] of PLANTED_BUGS.entries()) {
    it(bug.name, async (t) => {
      const mutant = await plant(bug, names[index]!);
      const failure = firstFailure((seed) => mutant.playSeed(seed, bug.schedules).failure);
      assert.ok(failure !== undefined, `no invariant noticed in ${MAX_SEEDS} schedules`);
      t.diagnostic(`caught at seed ${failure.seed} by ${failure.message}`);
      const innocent = playSeed(failure.seed, bug.schedules).failure;
      assert.equal(innocent, undefined, `without the bug too: ${reproduction(failure.seed, bug.schedules)}`);
    });
  }
});

function firstFailure<T>(play: (seed: number) => T | undefined): T | undefined {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const failure = play(seed);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Guest } from "../../../../node/sandbox/guest/program.ts";
import { ProgramPool } from "../../../../node/sandbox/process/program-pool.ts";

describe("the pool of a program's instances", () => {
  const tasks: (() => void)[] = [];
  const sizes: number[] = [];
  let made: Guest[];
  let broken = false;
  let pool: ProgramPool;
  const instantiate = (): Guest => {
    if (broken) throw new Error("out of address space");
    const guest: Guest = { run: () => assert.fail("no run is meant here") };
    made.push(guest);
    return guest;
  };
  const runTasks = () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  };
  beforeEach(() => {
    tasks.length = sizes.length = 0;
    made = [];
    broken = false;
    const deps = {
      defer: (task: () => void) => void tasks.push(task),
      onSize: (size: number) => void sizes.push(size),
    };
    pool = new ProgramPool({ shape: "reactor", instantiate }, { size: 3 }, deps);
  });

  it("is filled in advance, one instance at a time", () => {
    pool.refill();
    assert.equal(made.length, 1);
    tasks.shift()?.();
    assert.equal(made.length, 2);
    runTasks();
    assert.equal(made.length, 3);
    assert.deepEqual(sizes, [3]);
  });

  it("hands each instance out once, and replaces it at once even if there is never time for more", () => {
    pool.refill();
    runTasks();
    const taken = Array.from({ length: 10 }, () => {
      const one = pool.take();
      pool.refill();
      return one;
    });
    assert.equal(new Set(taken.map(({ guest }) => guest)).size, 10);
    assert.ok(taken.every(({ pooled }) => pooled));
    assert.deepEqual([made.length, tasks.length], [13, 0]);
    assert.deepEqual(sizes, [3], "nothing changed in the end");
  });

  it("makes one on the spot where none is ready, and says so", () => {
    const { guest, pooled, instantiateSeconds } = pool.take();
    assert.deepEqual([guest, pooled], [made[0], false]);
    assert.ok(instantiateSeconds >= 0);
  });

  it("goes on where none can be made: who takes one is told why", () => {
    pool.refill();
    runTasks();
    broken = true;
    for (let left = 3; left > 0; left--) pool.take();
    pool.refill();
    assert.deepEqual(sizes, [3, 0]);
    assert.throws(() => pool.take(), /address space/);
    broken = false;
    pool.refill();
    runTasks();
    assert.deepEqual(sizes, [3, 0, 3], "the next try is after the next call");
  });
});

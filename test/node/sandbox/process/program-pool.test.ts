import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Guest } from "../../../../node/sandbox/guest/program.ts";
import { FillQueue } from "../../../../node/sandbox/process/fill-queue.ts";
import { IdleMemory } from "../../../../node/sandbox/process/idle-memory.ts";
import { ProgramPool } from "../../../../node/sandbox/process/program-pool.ts";

describe("the pool of a program's instances", () => {
  const tasks: (() => void)[] = [];
  const sizes: number[] = [];
  let made: Guest[];
  let broken = false;
  let fills: FillQueue;
  let pool: ProgramPool;
  const instantiate = (): Guest => {
    if (broken) throw new Error("out of address space");
    const guest: Guest = { memoryBytes: 10, run: () => assert.fail("no run is meant here") };
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
    fills = new FillQueue({ defer: (task) => void tasks.push(task) });
    pool = poolOf({ idleBytes: 10 }, new IdleMemory(1_000));
  });
  const poolOf = ({ size = 3, idleBytes = 10 }, memory: IdleMemory) =>
    new ProgramPool(
      { shape: "reactor", instantiate },
      { size, idleBytes },
      { fills, memory, onSize: (ready) => void sizes.push(ready) },
    );

  it("is filled in advance, one instance at a time", () => {
    pool.fillLater();
    assert.equal(made.length, 0);
    for (const expected of [1, 2, 3]) {
      assert.equal(tasks.length, 1);
      tasks.shift()?.();
      assert.equal(made.length, expected);
    }
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

  it("holds no more memory than there is for all, and takes what another gives back", () => {
    const memory = new IdleMemory(50);
    const [large, small] = [poolOf({ idleBytes: 20 }, memory), poolOf({ idleBytes: 10 }, memory)];
    for (const one of [large, small]) one.fillLater();
    runTasks();
    assert.deepEqual(sizes, [1, 2], "they take turns: 20 + 10 + 20");
    assert.equal(large.take().pooled, true);
    small.refill();
    runTasks();
    assert.deepEqual(sizes, [1, 2, 3], "what one gives back the other takes");
    large.refill();
    assert.deepEqual(sizes, [1, 2, 3, 1]);
  });

  it("keeps no instance that alone passes what there is for all: each call makes its own", () => {
    const huge = poolOf({ idleBytes: 51 }, new IdleMemory(50));
    huge.fillLater();
    runTasks();
    assert.equal(made.length, 0, "not even to see how large it is");
    for (let call = 1; call <= 3; call++) {
      assert.equal(huge.take().pooled, false);
      huge.refill();
      runTasks();
      assert.equal(made.length, call);
    }
    assert.deepEqual(sizes, []);
  });

  it("gives memory back that it took for an instance that could not be made", () => {
    const memory = new IdleMemory(10);
    broken = true;
    poolOf({ size: 1 }, memory).fillLater();
    runTasks();
    assert.equal(memory.reserve(10), true);
  });
});

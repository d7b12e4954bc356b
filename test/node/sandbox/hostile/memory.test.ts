import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { reactor } from "../support/wat.ts";
import { DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { createArena, outcome, peakMiB, residentMiB, type Arena } from "./arena.ts";

const PAGE = 65_536;
/** Grows page by page to the limit, and touches each. A module has one set of limits, so each test has one of its own. */
const grower = (then: string, test: number) =>
  reactor({
    more: `(func (result i32) (i32.const ${test}))`,
    observe: `(local $page i32)
      (loop $l
        (local.set $page (memory.grow (i32.const 1)))
        (if (i32.ne (local.get $page) (i32.const -1))
          (then
            (memory.fill (i32.mul (local.get $page) (i32.const ${PAGE})) (i32.const 1) (i32.const ${PAGE}))
            (br $l))))
      ${then}`,
  });
const limits = { fuelPerPhase: 10n ** 9n, timeoutMs: 10_000 };

describe("a module that takes memory", { timeout: 120_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena({ workers: 1 })));
  after(() => arena.stop());

  it("grows and touches up to its limit, no further, and may go on", async () => {
    const bytes = await grower("(return (i64.const 1))", 1);
    const result = await arena.attack(bytes, { limits: { ...limits, memoryPages: 64 } });
    assert.equal(result.kind, "output", outcome(result));
    await arena.innocentIsServed();
  });

  it("that traps at its limit is told why", async () => {
    const result = await arena.attack(await grower("unreachable", 3), { limits: { ...limits, memoryPages: 64 } });
    assert.equal(outcome(result), "memory-exceeded");
    await arena.innocentIsServed();
  });

  it("pays for growing: a page costs more than a touch of it", async () => {
    const result = await arena.attack(await grower("unreachable", 4), {
      limits: { ...limits, fuelPerPhase: 1_000_000n },
    });
    assert.equal(outcome(result), "fuel-exhausted");
  });

  it("page by page up to 128 MiB spends its fuel, not its time", async () => {
    const result = await arena.attack(await grower("(return (i64.const 1))", 2), { limits });
    assert.equal(result.kind, "output", outcome(result));
  });

  it("128 MiB, thirty times: the process holds a few of them at once, not all", async (context) => {
    const hog = await reactor({
      observe: `(drop (memory.grow (i32.const 2047)))
        (memory.fill (i32.const 0) (i32.const 1) (i32.const ${2048 * PAGE}))`,
    });
    for (let round = 0; round < 30; round++) {
      assert.match(outcome(await arena.attack(hog, { limits })), /^output/, `round ${round}`);
    }
    await arena.innocentIsServed();
    const peak = peakMiB(arena.pid());
    if (peak === undefined) {
      context.skip("this system does not tell a process's peak of memory");
      return;
    }
    context.diagnostic(`peak ${Math.round(peak)} MiB`);
    // 3,840 MiB in all.
    assert.ok(peak < 1_500, `${peak} MiB`);
  });

  it("asks for 4 GiB at once, and gets none", async () => {
    const result = await arena.attack(
      await reactor({ observe: "(if (i32.ne (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable))" }),
      { limits },
    );
    assert.equal(result.kind, "output", outcome(result));
  });
});

describe("modules whose start functions fill their memory", { timeout: 120_000 }, () => {
  const filler = (pages: number, mark: number) =>
    reactor({
      memory: String(pages),
      more: `(func $start (memory.fill (i32.const 0) (i32.const ${mark}) (i32.const ${pages * PAGE}))) (start $start)`,
    });
  /** In two workers four instances of each would be 2 GiB of the large ones, and 1 GiB of the small ones. */
  const FILLERS = [...[2048, 2048], ...Array<number>(8).fill(250)];

  it("hold a little of it while nobody calls them, and serve all the same", async (context) => {
    const arena = await createArena({ workers: 2 });
    context.after(() => arena.stop());
    for (const [mark, pages] of FILLERS.entries()) {
      await arena.sandbox.admit(await filler(pages, mark + 1), { ...DEFAULT_TERMS, name: `filler${mark}` });
    }
    // Each module has its turn: when the last has its instances, nothing is made in advance any more.
    await arena.sandbox.admit(await reactor({ more: "(func)" }), { ...DEFAULT_TERMS, name: "last" });
    while (arena.meter.last("wasm_pool_size", { module: "last" }) !== 8 && !context.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const resident = residentMiB(arena.pid());
    if (resident === undefined) context.skip("this system does not tell a process's memory");
    else {
      context.diagnostic(`resident ${Math.round(resident)} MiB`);
      assert.ok(resident < 800, `${resident} MiB`);
    }
    for (const [mark, pages] of FILLERS.entries()) {
      const result = await arena.attack(await filler(pages, mark + 1), { terms: { name: `filler${mark}` } });
      assert.match(outcome(result), /^output/);
    }
  });
});

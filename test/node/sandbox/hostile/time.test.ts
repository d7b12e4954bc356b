import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";
import { command, FOREVER, reactor } from "../support/wat.ts";
import { createArena, outcome, type Arena, type AttackOptions } from "./arena.ts";

const FUEL = 50_000_000n;
/** Time is not the limit here: on any machine the fuel is spent before. */
const limits = { fuelPerPhase: FUEL, timeoutMs: 10_000 };

describe("a module that would not end", { timeout: 120_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena()));
  after(() => arena.stop());

  /** Spends its fuel to the last unit, not its time, and harms nobody. */
  async function runsDry(bytes: Uint8Array, options: AttackOptions = {}): Promise<void> {
    const result = await arena.attack(bytes, { limits, ...options });
    assert.deepEqual([outcome(result), result.fuel], ["fuel-exhausted", FUEL]);
    await arena.innocentIsServed();
  }

  it("loops in observe", async () => runsDry(await reactor({ observe: FOREVER })));
  it("loops in requests", async () => runsDry(await reactor({ requests: FOREVER }), { call: { phase: "requests" } }));
  it("loops in alloc", async () => runsDry(await reactor({ alloc: FOREVER })));
  it("loops in _start", async () => runsDry(await command({ start: FOREVER })));
  it("loops through an empty function", async () =>
    runsDry(await reactor({ observe: "(loop $l (call $f) (br $l))", more: "(func $f)" })));
  it("loops through a branch table", async () =>
    runsDry(await reactor({ observe: "(loop $l (br_table $l $l (i32.const 7)))" })));
  it("loops by calls that each end", async () =>
    runsDry(
      await reactor({
        observe: "(drop (call $double (i32.const 60)))",
        more: `(func $double (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (i32.add (call $double (i32.sub (local.get 0) (i32.const 1)))
                           (call $double (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 1))))`,
      }),
    ));

  const fills = (pages: number) =>
    reactor({
      memory: String(pages),
      observe: `(loop $l
        (memory.fill (i32.const 0) (i32.const 1) (i32.const ${pages * 65_536}))
        (br $l))`,
    });
  it("fills 128 MiB again and again", async () => runsDry(await fills(2048)));
  it("fills 1 MiB again and again", async () => runsDry(await fills(16)));
  it("copies 64 MiB onto itself again and again", async () =>
    runsDry(
      await reactor({
        memory: "2048",
        observe: `(loop $l
          (memory.copy (i32.const 1) (i32.const 0) (i32.const 67108864))
          (br $l))`,
      }),
    ));
  it("grows by nothing again and again", async () =>
    runsDry(await reactor({ observe: "(loop $l (drop (memory.grow (i32.const 0))) (br $l))" })));
  it("asks a host function again and again", async () =>
    runsDry(
      await command({
        imports: ["random_get"],
        start: "(loop $l (drop (call $random_get (i32.const 0) (i32.const 65536))) (br $l))",
      }),
    ));
  it("sleeps again and again", async () => {
    // A subscription to the clock, 100 s ahead: the virtual clock moves, the real one does not wait.
    const start = `(i64.store (i32.const 24) (i64.const 100000000000))
      (loop $l
        (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
        (br $l))`;
    await runsDry(await command({ imports: ["poll_oneoff"], start }));
  });

  it("does not end where it starts, as a reactor", async () => {
    await arena.refuses(await reactor({ more: `(func $start ${FOREVER}) (start $start)` }), "instantiation");
  });
  it("does not end where it starts, as a command", async () => {
    const bytes = await command({ start: "", more: `(func $start ${FOREVER}) (start $start)` });
    await arena.refuses(bytes, "instantiation");
  });
  it("does not end in _initialize", async () => {
    await arena.refuses(await reactor({ more: `(func (export "_initialize") ${FOREVER})` }), "instantiation");
  });
  it("fills memory without end where it starts", async () => {
    const fill = "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 134217728)) (br $l))";
    await arena.refuses(await reactor({ memory: "2048", more: `(func $s ${fill}) (start $s)` }), "instantiation");
  });
});

describe("a module that calls itself without end", { timeout: 60_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena()));
  after(() => arena.stop());

  const recursions = {
    "a bare function": "(func $f (call $f))",
    "two functions in turn": "(func $f (call $g)) (func $g (call $f))",
    "a function with 900 locals": `(func $f (local ${"i64 ".repeat(900)}) (call $f))`,
    "a function through a table": `(table 1 funcref) (elem (i32.const 0) $f) (type $t (func))
      (func $f (call_indirect (type $t) (i32.const 0)))`,
    "a function with operands on its stack": `(func $f (result i32)
      ${"(i32.const 1)".repeat(200)} (call $f) ${"(i32.add)".repeat(200)})`,
  };
  for (const [what, functions] of Object.entries(recursions)) {
    it(`${what} ends at the depth limit, with the same fuel each time`, async () => {
      const bytes = await reactor({
        observe: functions.includes("(result i32)") ? "(drop (call $f))" : "(call $f)",
        more: functions,
      });
      const results = [await arena.attack(bytes), await arena.attack(bytes), await arena.attack(bytes)];
      assert.deepEqual(results.map(outcome), Array(3).fill("depth-exceeded"));
      assert.equal(new Set(results.map(({ fuel }) => fuel)).size, 1);
      assert.ok((results[0]?.fuel ?? 0n) < 1_000_000n);
      await arena.innocentIsServed();
    });
  }
});

describe("modules whose instances are dear to make", { timeout: 120_000 }, () => {
  /** Some 9 million of the 10 million units that a start may take, in divisions: tens of milliseconds for an instance. */
  const dear = (mark: number) =>
    reactor({
      more: `(func $start (local $value i64) (local $count i32)
        (loop $l
          (local.set $value (i64.rem_u (i64.const ${-1 - mark}) (i64.or (local.get $value) (i64.const 3))))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $count) (i32.const 550000)))))
        (start $start)`,
    });

  it("use up nobody's time but their own, though a new worker has them all to make again", async (context) => {
    const arena = await createArena({ workers: 1 });
    context.after(() => arena.stop());
    for (let mark = 0; mark < 60; mark++) {
      await arena.sandbox.admit(await dear(mark), { ...DEFAULT_TERMS, name: `dear${mark}` });
    }
    const hasty = { limits: { timeoutMs: 300 } };
    const innocent = await reactor({ more: "(func (result i32) (i32.const 7))" });
    await arena.attack(innocent, hasty);
    const endless = { limits: { fuelPerPhase: 10n ** 9n, timeoutMs: 1 } };
    assert.equal(outcome(await arena.attack(await reactor({ observe: FOREVER }), endless)), "timeout");
    for (let round = 0; round < 8; round++) {
      assert.equal(outcome(await arena.attack(innocent, hasty)), "output after 2", `round ${round}`);
    }
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeObserveInput, MAX_ENVELOPE_BYTES } from "../../../../core/codec/envelope.ts";
import type { GuestResult } from "../../../../core/ports/sandbox.ts";
import { MAX_INPUT_BYTES } from "../../../../node/sandbox/sandbox.ts";
import { command, reactor } from "../support/wat.ts";
import { createArena, outcome, type Arena, type AttackOptions } from "./arena.ts";

const FUEL = 50_000_000n;
const limits = { fuelPerPhase: FUEL, timeoutMs: 10_000 };
/** A place as the two phases answer it. */
const place = (pointer: number, length: number) =>
  `(return (i64.const ${(BigInt(pointer >>> 0) << 32n) | BigInt(length >>> 0)}))`;

describe("a module with a hostile answer", { timeout: 120_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena()));
  after(() => arena.stop());

  async function ends(bytes: Uint8Array, code: string, options: AttackOptions = {}): Promise<GuestResult> {
    const result = await arena.attack(bytes, { limits, ...options });
    assert.equal(outcome(result), code);
    await arena.innocentIsServed();
    return result;
  }

  const places: readonly (readonly [what: string, pointer: number, length: number, code: string])[] = [
    ["a byte beyond its memory", 65_535, 2, "output-invalid"],
    ["right behind its memory", 65_537, 0, "output-invalid"],
    ["far outside its memory", 0xffff_ffff, 1, "output-invalid"],
    ["around the end of 32 bits", 0xffff_fff0, 0x20, "output-invalid"],
    ["10 MB", 0, 10_000_000, "output-too-large"],
    ["4 GiB", 0, 0xffff_ffff, "output-too-large"],
  ];
  for (const [what, pointer, length, code] of places) {
    it(`answers ${what}`, async () => {
      await ends(await reactor({ observe: place(pointer, length) }), code);
    });
  }
  it("answers 10 MB that it has", async () => {
    await ends(await reactor({ memory: "200", observe: place(0, 10_000_000) }), "output-too-large");
  });
  it("answers bytes that are no text", async () => {
    await ends(await reactor({ observe: place(8, 2), more: '(data (i32.const 8) "\\c3\\28")' }), "output-invalid");
  });

  for (const pointer of [65_500, 65_536, -1, -(2 ** 31)]) {
    it(`allocates at ${pointer}, where 50 bytes have no room`, async () => {
      await ends(await reactor({ alloc: `(return (i32.const ${pointer}))` }), "output-invalid");
    });
  }
  it("allocates on top of its own code's data, which harms itself alone", async () => {
    const bytes = await reactor({
      alloc: "(return (i32.const 0))",
      observe: place(0, 4),
      more: '(data (i32.const 0) "data")',
    });
    assert.equal((await ends(bytes, outcome(await arena.attack(bytes, { limits })))).kind, "output");
  });

  it("is given a response of 10 MB: the envelope shortens it", async () => {
    const body = new Uint8Array(10_000_000).fill(0x61);
    const response = { kind: "answer", sourceId: "a", status: 200, body } as const;
    const input = encodeObserveInput({ feed: "FEED/USD", time: 1, params: {} }, Array(8).fill(response));
    assert.ok(input.length <= MAX_ENVELOPE_BYTES && MAX_ENVELOPE_BYTES <= MAX_INPUT_BYTES);
    await ends(await reactor({ memory: "40" }), "output after 2", { limits, call: { input } });
  });
  it("is given an envelope of 10 MB, which is not even sent", async () => {
    await ends(await reactor({ memory: "200" }), "input-too-large", { call: { input: new Uint8Array(10_000_000) } });
  });
  it("is given the largest envelope again and again, and does not look at it", async () => {
    const bytes = await reactor({ memory: "40" });
    for (let round = 0; round < 40; round++) {
      await ends(bytes, "output after 2", { call: { input: new Uint8Array(MAX_INPUT_BYTES) } });
    }
  });
});

describe("a module that floods", { timeout: 120_000 }, () => {
  let arena: Arena;
  before(async () => (arena = await createArena()));
  after(() => arena.stop());

  /** Writes 64 KiB of lines to a descriptor, again and again. */
  const writes = (descriptor: number, rounds: string) =>
    command({
      imports: ["fd_write"],
      memory: "3",
      start: `(local $i i32)
        (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (i32.const 65536))
        (i64.store (i32.const 65536) (i64.const 0x0a61616161616161))
        ;; Copies what is before it, so that the eight bytes spread.
        (local.set $i (i32.const 65544))
        (loop $spread
          (i64.store (local.get $i) (i64.load (i32.sub (local.get $i) (i32.const 8))))
          (br_if $spread (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 131072))))
        (local.set $i (i32.const 0))
        (loop $l
          (drop (call $fd_write (i32.const ${descriptor}) (i32.const 0) (i32.const 1) (i32.const 8)))
          ${rounds})`,
    });
  const FOR_EVER = "(br $l)";
  const TWICE = "(br_if $l (i32.eqz (local.tee $i (i32.eqz (local.get $i)))))";

  it("stdout ends at the output's bound", async () => {
    const result = await arena.attack(await writes(1, FOR_EVER), { limits });
    assert.equal(outcome(result), "output-too-large");
    assert.ok(result.fuel < 1_000_000n, `${result.fuel} units: it ends at the bound, not with its fuel`);
    await arena.innocentIsServed();
  });

  it("stderr for ever, and runs dry; few lines are kept", async () => {
    const result = await arena.attack(await writes(2, FOR_EVER), { limits });
    assert.equal(outcome(result), "fuel-exhausted");
    assert.ok((result.effects?.logs.length ?? 0) <= 64);
    await arena.innocentIsServed();
  });

  it("stderr a while, and gets its answer; the rest is counted", async () => {
    const result = await arena.attack(await writes(2, TWICE), { limits });
    assert.equal(result.kind, "output", outcome(result));
    const { effects } = result;
    assert.ok(effects !== undefined && effects.logs.length <= 64 && effects.logsDropped > 0);
  });

  /** Calls a host function with the round's number in the label, 10,000 times. */
  const hostFlood = (call: string) =>
    reactor({
      imports: `(import "quorate" "log" (func $log (param i32 i32 i32)))
        (import "quorate" "counter_add" (func $count (param i32 i32 i32 i32 i64)))
        (import "quorate" "gauge_set" (func $gauge (param i32 i32 i32 i32 f64)))`,
      observe: `(local $i i32)
        (loop $l
          (i32.store8 (i32.const 106) (i32.add (i32.const 97) (i32.rem_u (local.get $i) (i32.const 26))))
          (i32.store8 (i32.const 107) (i32.add (i32.const 97) (i32.rem_u (i32.div_u (local.get $i) (i32.const 26)) (i32.const 26))))
          (i32.store8 (i32.const 108) (i32.add (i32.const 97) (i32.div_u (local.get $i) (i32.const 676))))
          ${call}
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $i) (i32.const 10000))))`,
      more: '(data (i32.const 100) "ticks-aaa")',
    });
  const terms = { host: ["log", "metrics"] } as const;
  const floods: Readonly<Record<string, string>> = {
    "log lines": "(call $log (i32.const 3) (i32.const 0) (i32.const 65536))",
    "metric labels": "(call $count (i32.const 100) (i32.const 5) (i32.const 106) (i32.const 3) (i64.const 1))",
    "metric names": "(call $gauge (i32.const 106) (i32.const 3) (i32.const 0) (i32.const 0) (f64.const 1))",
  };
  for (const [what, call] of Object.entries(floods)) {
    it(`${what}: few are kept, the rest is counted, and each is paid for`, async () => {
      const result = await arena.attack(await hostFlood(call), {
        limits: { ...limits, fuelPerPhase: 10n ** 9n },
        terms,
      });
      assert.equal(result.kind, "output", outcome(result));
      const { logs = [], logsDropped = 0, metrics = [], metricsDropped = 0 } = result.effects ?? {};
      assert.ok(logs.length <= 64 && metrics.length <= 64);
      assert.equal(logs.length + logsDropped + metrics.length + metricsDropped, 10_000);
      assert.ok(logs.every(({ text }) => Buffer.byteLength(text) <= 512));
      assert.ok(result.fuel > 10_000n * 512n, `${result.fuel} units`);
      await arena.innocentIsServed();
    });
  }
});

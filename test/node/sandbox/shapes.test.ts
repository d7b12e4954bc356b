import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GuestResult } from "../../../core/ports/sandbox.ts";
import { GuestAbort } from "../../../node/sandbox/guest/abort.ts";
import { guarded } from "../../../node/sandbox/guest/guard.ts";
import { GuestFault } from "../../../node/sandbox/guest/guest-fault.ts";
import { createImports } from "../../../node/sandbox/guest/imports.ts";
import { GuestSession } from "../../../node/sandbox/guest/session.ts";
import { EffectsCollector } from "../../../node/sandbox/host/effects.ts";
import { WasiExit } from "../../../node/sandbox/wasi/wasi.ts";
import { compileAdmitted, failureOf, ORDINARY_RUN, runPhase } from "./support/run-phase.ts";
import { command, FOREVER, reactor } from "./support/wat.ts";

const ALL = { host: ["log", "storage"] } as const;
const text = (result: GuestResult) =>
  result.kind === "output" ? Buffer.from(result.output).toString() : `${result.code}: ${result.message}`;

/** Answers the one byte at 0. */
const ANSWER_BYTE = "(return (i64.const 1))";
const WRITE = `(drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32)))`;
/** A buffer of two bytes, "ok", and its description for fd_write. */
const OK_TEXT = `(data (i32.const 0) "ok") (data (i32.const 16) "\\00\\00\\00\\00\\02\\00\\00\\00")`;

describe("a reactor", () => {
  const counting = (where: string) =>
    reactor({
      imports: where,
      observe: ANSWER_BYTE,
      more: `(func (export "_initialize") (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 65))))`,
    });

  it("is initialised once, when its instance is made: that costs the phase nothing", async () => {
    const plain = runPhase(compileAdmitted(await reactor({ observe: ANSWER_BYTE })));
    const initialised = runPhase(compileAdmitted(await counting("")));
    assert.equal(text(initialised), "A");
    assert.equal(initialised.fuel, plain.fuel);
  });

  it("that imports WASI is initialised in the phase, at its cost: only then there is a time and a feed", async () => {
    const imports = `(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))`;
    const program = compileAdmitted(await counting(imports));
    assert.equal(text(runPhase(program)), "A");
    assert.ok(runPhase(program).fuel > runPhase(compileAdmitted(await counting(""))).fuel);
    const asks = `(func (export "_initialize") (drop (call $yield)))`;
    assert.equal(
      runPhase(compileAdmitted(await reactor({ imports, observe: ANSWER_BYTE, more: asks }))).kind,
      "output",
    );
  });

  it("whose initialisation does not end is not made, or fails in the phase", async () => {
    const endless = (imports: string) => reactor({ imports, more: `(func (export "_initialize") ${FOREVER})` });
    const early = compileAdmitted(await endless(""));
    assert.throws(() => early.instantiate());
    const late = compileAdmitted(await endless(`(import "quorate" "log" (func (param i32 i32 i32)))`), ALL);
    assert.equal(failureOf(runPhase(late)), "fuel-exhausted");
  });

  it("may not call the host from its start function", async () => {
    const imports = `(import "quorate" "log" (func $log (param i32 i32 i32)))`;
    const start = `(func $start (call $log (i32.const 1) (i32.const 0) (i32.const 1))) (start $start)`;
    const program = compileAdmitted(await reactor({ imports, more: start }), ALL);
    assert.throws(() => program.instantiate(), /start function may call no host function/);
  });

  it("that exits has not answered, whatever its code says", async () => {
    const imports = `(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`;
    const exiting = (code: number) => reactor({ imports, observe: `(call $exit (i32.const ${code}))` });
    for (const code of [0, 7]) {
      const result = runPhase(compileAdmitted(await exiting(code)));
      assert.equal(text(result), `exit: the program ended with exit code ${code}`);
    }
  });
});

describe("a command", () => {
  it("answers on stdout, whether it returns or exits with code 0", async () => {
    const returning = await command({ imports: ["fd_write"], start: WRITE, more: OK_TEXT });
    const start = `${WRITE} (call $proc_exit (i32.const 0)) unreachable`;
    const exiting = await command({ imports: ["fd_write", "proc_exit"], start, more: OK_TEXT });
    for (const bytes of [returning, exiting]) assert.equal(text(runPhase(compileAdmitted(bytes))), "ok");
  });

  it("that exits with another code has failed, and its fuel is told", async () => {
    const start = `${WRITE} (call $proc_exit (i32.const 3))`;
    const bytes = await command({ imports: ["fd_write", "proc_exit"], start, more: OK_TEXT });
    const results = [1, 2].map(() => runPhase(compileAdmitted(bytes)));
    assert.equal(text(results[0]!), "exit: the program ended with exit code 3");
    assert.deepEqual(results[0], results[1]);
    assert.ok(results[0]!.fuel > 0n);
  });

  it("needs no WASI, and then says nothing", async () => {
    assert.equal(text(runPhase(compileAdmitted(await command({ start: "" })))), "");
  });

  it("whose stdout is no text, or too much of it, has failed", async () => {
    const more = OK_TEXT.replace(`"ok"`, `"\\ff\\fe"`);
    const binary = compileAdmitted(await command({ imports: ["fd_write"], start: WRITE, more }));
    assert.equal(failureOf(runPhase(binary)), "output-invalid");
    const flood = compileAdmitted(await command({ imports: ["fd_write"], start: WRITE.repeat(2), more: OK_TEXT }));
    assert.equal(failureOf(runPhase(flood, { maxOutputBytes: 3 })), "output-too-large");
    assert.equal(text(runPhase(flood, { maxOutputBytes: 4 })), "okok");
  });

  it("ends by its limits like any module", async () => {
    assert.equal(failureOf(runPhase(compileAdmitted(await command({ start: FOREVER })))), "fuel-exhausted");
    assert.equal(failureOf(runPhase(compileAdmitted(await command({ start: "unreachable" })))), "trap");
    const more = `(func $deep (call $deep))`;
    assert.equal(
      failureOf(runPhase(compileAdmitted(await command({ start: "(call $deep)", more })))),
      "depth-exceeded",
    );
  });
});

describe("what a phase does besides answering", () => {
  const LOG = `(import "quorate" "log" (func $log (param i32 i32 i32)))`;
  const SET = `(import "quorate" "storage_set" (func $set (param i32 i32 i32 i32) (result i32)))`;
  const work = `(call $log (i32.const 2) (i32.const 0) (i32.const 2))
    (drop (call $set (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 2)))`;
  const working = async (end: string) =>
    compileAdmitted(await reactor({ imports: LOG + SET, observe: work + end, more: OK_TEXT }), ALL);

  it("is told with its answer", async () => {
    const { effects } = runPhase(await working(""));
    assert.deepEqual(effects?.logs, [{ level: "warn", text: "ok" }]);
    assert.deepEqual(effects.writes, [{ key: "ok", value: new Uint8Array(Buffer.from("ok")) }]);
  });

  it("is told of one that fails too, but for what it wrote", async () => {
    const { effects, ...result } = runPhase(await working("unreachable"));
    assert.equal(failureOf(result), "trap");
    assert.equal(effects?.logs.length, 1);
    assert.deepEqual(effects.writes, []);
  });

  it("is not mentioned where there was nothing", async () => {
    assert.equal("effects" in runPhase(compileAdmitted(await reactor())), false);
  });
});

describe("a host function", () => {
  const throwing = (error: Error) =>
    guarded("fd_write", () => {
      throw error;
    });

  it("that fails on the guest's arguments is the guest's trap, in words of ours", () => {
    assert.equal(guarded("fd_write", () => 7)(), 7);
    assert.throws(
      () => throwing(new RangeError("Invalid typed array length: 99 (in V8's words)"))(),
      (error: GuestFault) => error.code === "trap" && error.message.startsWith("fd_write failed on the arguments"),
    );
  });

  it("passes on what is meant for the guest: a fault, an exit, an abort", () => {
    for (const meant of [new GuestFault("output-too-large", "too much"), new WasiExit(0), new GuestAbort("abort")]) {
      assert.throws(() => throwing(meant)(), meant);
    }
  });

  it("is guarded whatever module it is imported from", () => {
    const session = new GuestSession();
    const wanted = new Map([
      ["wasi_snapshot_preview1", ["fd_write", "no_such_function"]],
      ["quorate", ["log"]],
    ]);
    const { functions } = createImports(wanted, session, { folders: [], fileDescriptors: 16 });
    const broken = {
      get buffer() {
        return assert.fail("detached");
      },
    };
    session.attach({ memory: broken, fuel: { value: 1_000_000n } });
    session.begin(ORDINARY_RUN, new EffectsCollector([]));
    for (const [module, name, args] of [
      ["wasi_snapshot_preview1", "fd_write", [1, 0, 1, 0]],
      ["quorate", "log", [1, 0, 1]],
    ] as const) {
      const call = functions[module]?.[name] as ((...args: readonly number[]) => unknown) | undefined;
      assert.throws(
        () => call?.(...args),
        (error: GuestFault) => error instanceof GuestFault && error.code === "trap",
      );
    }
    assert.deepEqual(Object.keys(functions.wasi_snapshot_preview1 ?? {}), ["fd_write"]);
  });
});

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { GuestFault } from "../../../../node/sandbox/guest/guest-fault.ts";
import type { Program } from "../../../../node/sandbox/guest/program.ts";
import { committedProgram } from "./programs/build.ts";
import { assembleComponent, createComponent, fetcherText, observe, textOf } from "./support/components.ts";

const FOLDERS = [{ path: "/files", files: [{ path: "data/list.csv", bytes: new TextEncoder().encode("a,b") }] }];

/** Four core modules that share a memory and a table; start functions that ask for folders. */
describe("a component made of a preview 1 program and the toolchains' adapter", () => {
  let program: Program;
  before(async () => {
    program = await createComponent(await committedProgram("adapted"), { terms: { folders: FOLDERS } });
  });

  it("has randomness, folders and an empty environment through its C library", () => {
    const output = textOf(observe(program, "hello"));
    assert.match(output, /^random [0-9a-f]{8}, file a,b, home unset$/);
    assert.notEqual(textOf(observe(program, "hello", { time: 1 })), output);
  });

  it("logs what it writes to stderr", () => {
    const { effects } = observe(program, "abc", { phase: "requests" });
    assert.deepEqual(effects?.logs, [{ level: "info", text: "asked for requests" }]);
  });

  it("fails by exit where it exits", () => {
    const result = observe(program, "x");
    assert.ok(result.kind === "failed" && result.code === "exit", textOf(result));
  });

  it("pays for its start functions, which ask for folders, in each phase, exactly", () => {
    const result = observe(program, "hello");
    assert.deepEqual(observe(program, "hello"), result);
    assert.deepEqual(observe(program, "hello", { fuel: result.fuel }), result);
    for (const fuel of [result.fuel - 1n, result.fuel / 2n, 100n]) {
      const short = observe(program, "hello", { fuel });
      assert.ok(short.kind === "failed" && short.code === "fuel-exhausted", textOf(short));
      assert.equal(short.fuel, fuel);
    }
  });
});

describe("a component's start function", () => {
  const start = (code: string) => fetcherText({ core: `(func $start ${code}) (start $start)` });

  it("runs in advance, within the fuel of such", async () => {
    const program = await createComponent(await assembleComponent(start("nop")));
    const without = await createComponent(await assembleComponent(fetcherText()));
    assert.equal(observe(program, "").fuel, observe(without, "").fuel);
  });

  it("makes an instance impossible if it traps or does not end", async () => {
    for (const [code, why] of [
      ["unreachable", "trap"],
      ["(loop (br 0))", "fuel-exhausted"],
    ] as const) {
      const program = await createComponent(await assembleComponent(start(code)));
      assert.throws(
        () => program.instantiate(),
        (error: GuestFault) => error.code === why,
      );
    }
  });
});

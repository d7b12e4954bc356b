import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Program } from "../../../../node/sandbox/guest/program.ts";
import { committedProgram } from "./programs/build.ts";
import { createComponent, observe, textOf } from "./support/components.ts";

describe("a component of the fetcher world", () => {
  let program: Program;
  before(async () => {
    program = await createComponent(await committedProgram("phases"));
  });

  it("answers both phases, a fresh instance each", () => {
    const input = new TextEncoder().encode("params");
    assert.equal(textOf(observe(program, "", { phase: "requests", input })), "params");
    assert.equal(textOf(observe(program, "hello")), "2d819e50");
    assert.equal(textOf(observe(program, "hello")), "2d819e50");
  });

  it("charges its core, the bytes in and the bytes out, the same each time", () => {
    const spent = observe(program, "hello").fuel;
    assert.equal(observe(program, "hello").fuel, spent);
    // 4,000 bytes more: four to a unit for the copy in, and the guest's own loop.
    const longer = observe(program, "h".repeat(4005)).fuel;
    assert.ok(longer > spent + 1000n, `${longer} after ${spent}`);
  });

  it("needs exactly the fuel that it spends", () => {
    const result = observe(program, "hello");
    assert.deepEqual(observe(program, "hello", { fuel: result.fuel }), result);
    const short = observe(program, "hello", { fuel: result.fuel - 1n });
    assert.ok(short.kind === "failed" && short.code === "fuel-exhausted");
    assert.equal(short.fuel, result.fuel - 1n);
  });

  const LIMITS = {
    L: "fuel-exhausted",
    K: "fuel-exhausted",
    G: "memory-exceeded",
    R: "depth-exceeded",
    T: "trap",
    O: "trap",
    P: "trap",
    B: "output-too-large",
    U: "output-invalid",
  };
  for (const [mode, code] of Object.entries(LIMITS)) {
    it(`ends ${mode} as ${code}, twice with the same fuel`, () => {
      const [first, second] = [observe(program, mode), observe(program, mode)];
      assert.ok(first.kind === "failed", textOf(first));
      assert.equal(first.code, code, first.message);
      assert.deepEqual(second, first);
    });
  }

  it("keeps to the memory limit of its manifest", async () => {
    const admission = { limits: { memoryPages: 8 } };
    const small = await createComponent(await committedProgram("phases"), { admission });
    const { result, memoryBytes } = small.instantiate().run({ ...run(), input: new TextEncoder().encode("G") });
    assert.ok(result.kind === "failed" && result.code === "memory-exceeded");
    assert.equal(memoryBytes, 8 * 65_536);
  });

  it("leaves no rejected promise behind when it traps", async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on("unhandledRejection", note);
    for (const mode of ["T", "P", "L"]) observe(program, mode);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    assert.deepEqual(rejections, []);
  });
});

function run() {
  return {
    module: `0x${"00".repeat(32)}`,
    phase: "observe",
    fuel: 50_000_000n,
    maxOutputBytes: 65_536,
    feed: "F",
    time: 0,
    storage: [],
  } as const;
}

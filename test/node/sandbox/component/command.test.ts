import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { PreopenedFolder } from "../../../../core/ports/sandbox.ts";
import type { Program } from "../../../../node/sandbox/guest/program.ts";
import { committedProgram } from "./programs/build.ts";
import { createComponent, observe, textOf } from "./support/components.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const FOLDERS: readonly PreopenedFolder[] = [
  {
    path: "/files",
    files: [
      { path: "top", bytes: bytes("!") },
      { path: "data/list.csv", bytes: bytes("a,b\nc,d\n") },
    ],
  },
];

/** Numbers of wasi:filesystem's error codes and descriptor types. */
const NO_ENTRY = 20;
const INSUFFICIENT_MEMORY = 22;
const NOT_PERMITTED = 31;
const READ_ONLY = 33;
const DIRECTORY = 3;
const REGULAR_FILE = 6;

describe("a component that exports wasi:cli/run", () => {
  let program: Program;
  before(async () => {
    program = await createComponent(await committedProgram("command"), { terms: { folders: FOLDERS } });
  });

  /** The line of the checks that begins with these words, without them. */
  const line = (output: string, name: string) =>
    output
      .split("\n")
      .find((entry) => entry.startsWith(`${name} `))
      ?.slice(name.length + 1);
  const checks = (run = {}) => textOf(observe(program, "{", run));

  it("gets its phase as an argument, no environment, no terminal", () => {
    const output = checks();
    assert.match(output, /arguments 2\nfetcher\nobserve\n/);
    assert.match(checks({ phase: "requests" }), /arguments 2\nfetcher\nrequests\n/);
    assert.equal(line(output, "environment"), "0");
    assert.equal(line(output, "cwd"), "0");
    assert.equal(line(output, "terminal"), "0");
  });

  it("reads stdin to its end", () => {
    const output = textOf(observe(program, "{ 12345"));
    assert.equal(line(output, "read"), "7");
    assert.equal(line(output, "end"), "1");
    assert.equal(textOf(observe(program, "")), "closed 1\n");
  });

  it("has the round's clock, which its own sleep moves", () => {
    const output = checks({ time: 1_700_000_000 });
    assert.equal(line(output, "wall"), "1700000000");
    assert.equal(line(output, "wall nanoseconds"), "0");
    assert.equal(line(output, "ready before"), "0");
    // Timers of 5 s and 2 s: the second is due first, blocking on the first passes the rest.
    assert.equal(line(output, "polled"), "1");
    assert.equal(line(output, "first polled"), "1");
    assert.equal(BigInt(line(output, "slept") ?? 0) - BigInt(line(output, "monotonic") ?? 0), 5_000_000_000n);
    assert.equal(line(output, "wall slept"), "1700000005");
  });

  it("has the round's randomness: equal for equal rounds, other for others", () => {
    const random = (run: object) => ["random", "insecure", "seed", "last"].map((name) => line(checks(run), name));
    assert.deepEqual(random({}), random({ phase: "requests" }));
    assert.notDeepEqual(random({}), random({ time: 1 }));
    assert.notDeepEqual(random({}), random({ feed: "OTHER" }));
    assert.notDeepEqual(random({}), random({ module: `0x${"01".repeat(32)}` }));
    assert.equal(new Set(random({})).size, 4);
  });

  it("reads the folders of its manifest and changes nothing in them", () => {
    const output = checks();
    assert.match(output, /folders 1\n\/files\nopen 0\nb\nc,d\n\nat the end 1\n/);
    assert.match(output, /\n\nc,d\nspliced 5\n/);
    assert.equal(line(output, "outside"), String(NOT_PERMITTED));
    assert.equal(line(output, "missing"), String(NO_ENTRY));
    assert.equal(line(output, "folder"), "0");
    assert.equal(line(output, "size"), "8");
    assert.equal(line(output, "write"), String(READ_ONLY));
    assert.equal(line(output, "unlink"), String(READ_ONLY));
    assert.ok(output.endsWith(`data ${DIRECTORY}\ntop ${REGULAR_FILE}\n`), output);
  });

  it("opens as many descriptors as its manifest allows, three of them its streams", async () => {
    const output = textOf(observe(program, "V"));
    assert.equal(line(output, "opened"), String(16 - 3 - 1));
    assert.equal(line(output, "error"), String(INSUFFICIENT_MEMORY));
    const terms = { folders: FOLDERS, fileDescriptors: 5 };
    const few = await createComponent(await committedProgram("command"), { terms });
    assert.equal(line(textOf(observe(few, "V")), "opened"), "1");
  });

  it("has no folder where the manifest names none", async () => {
    const bare = await createComponent(await committedProgram("command"));
    assert.ok(textOf(observe(bare, "{")).endsWith("folders 0\n"));
  });

  it("ends by its exit code", () => {
    assert.match(textOf(observe(program, "y")), /before the exit 1\n$/);
    for (const mode of ["x", "f"]) {
      const result = observe(program, mode);
      assert.ok(result.kind === "failed" && result.code === "exit", textOf(result));
    }
  });

  it("logs its stderr line by line, bounded", () => {
    const { effects } = observe(program, "E");
    assert.ok(effects !== undefined);
    assert.deepEqual(effects.logs[0], { level: "info", text: "eeeeeee" });
    assert.equal(effects.logs.length, 64);
    assert.ok(effects.logsDropped > 30_000);
  });

  const LIMITS = {
    O: ["output-too-large", "stdout flood"],
    P: ["fuel-exhausted", "a list of 134 million handles"],
    H: ["trap", "handles that are none"],
    D: ["trap", "a handle dropped twice"],
    M: ["trap", "resources without end"],
    C: ["fuel-exhausted", "calls without end"],
    N: ["fuel-exhausted", "randomness without end"],
    W: ["trap", "a write from outside the memory"],
    Z: ["trap", "zeroes without end"],
    I: ["depth-exceeded", "a call of the host from within cabi_realloc"],
    S: ["trap", "more text than memory"],
    F: ["trap", "text that is no UTF-8"],
    L: ["fuel-exhausted", "an endless loop"],
    X: ["trap", "unreachable"],
  } as const;
  for (const [mode, [code, what]] of Object.entries(LIMITS)) {
    it(`ends ${what} as ${code}, twice with the same fuel`, () => {
      const [first, second] = [observe(program, mode), observe(program, mode)];
      assert.ok(first.kind === "failed", textOf(first));
      assert.equal(first.code, code, first.message);
      assert.deepEqual(second, first);
    });
  }

  it("pays for a long list of handles", () => {
    const result = observe(program, "Q", { fuel: 100_000_000n });
    assert.match(textOf(result), /polled 20000\n/);
    assert.ok(result.fuel > 20_000n * 2_048n, String(result.fuel));
  });
});

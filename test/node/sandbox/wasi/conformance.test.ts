import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readFile } from "node:fs/promises";
import { RandomStream } from "../../../../node/sandbox/wasi/random.ts";
import {
  buildProgram,
  installedToolchain,
  moduleUrl,
  PROGRAM_NAMES,
  readManifest,
  sha256,
} from "./support/build-programs.ts";
import { FEED, MODULE, outputOf, ROUND_TIME, runProgram, type ProgramRun } from "./support/run-program.ts";

const SMALL: ProgramRun = { folders: { "/data": { "a.txt": "alpha", "deep/b": "beta" } } };
const FILES: ProgramRun = {
  folders: {
    // Not sorted: entries are listed by name, whatever the manifest's order.
    "/data": { z: "", "deep/er/b.bin": Uint8Array.from({ length: 256 }, (_, index) => index), "a.txt": "alpha" },
    "/more": { c: "gamma" },
  },
};

/** Each program prints its checks; how many is fixed here, so that none can go missing. */
const CHECKS: readonly (readonly [program: string, checks: number, run: ProgramRun])[] = [
  ["environment", 13, {}],
  ["clocks", 76, { input: String(ROUND_TIME) }],
  ["stdio", 67, { input: "0123456789\n" }],
  ["files", 115, FILES],
  ["read-only", 37, SMALL],
  ["descriptors", 20, SMALL],
  ["vectors", 13, { input: "0123456789" }],
  ["unstable", 23, { input: "{ }", ...SMALL }],
];

describe("WASI conformance", () => {
  for (const [program, checks, run] of CHECKS) {
    it(`${program}: each of ${checks} checks holds, twice at the same fuel`, async () => {
      const first = await runProgram(program, run);
      const lines = outputOf(first).trimEnd().split("\n");
      assert.deepEqual(
        lines.filter((line) => !line.startsWith("ok ")),
        [],
      );
      assert.equal(lines.length, checks);
      assert.deepEqual(await runProgram(program, run), first);
    });
  }

  it("unstable: a program that needs snapshot 0 fails by preview 1's rules", async () => {
    const lines = outputOf(await runProgram("unstable-as-preview1", { input: "{ }", ...SMALL })).split("\n");
    const failed = lines.filter((line) => line.startsWith("not ok "));
    for (const check of ["seek from here", "its size", "nothing behind it", "the second is due first"]) {
      assert.ok(failed.includes(`not ok ${check}`), `${check} in ${failed.join()}`);
    }
  });

  it("stdio: what goes to stderr is logged line by line, the last without its end", async () => {
    const { effects } = await runProgram("stdio", { input: "0123456789\n" });
    const logged = effects?.logs.map(({ level, text }) => `${level} ${text}`);
    assert.deepEqual(logged, ["info first 1", "info second line", "info last, without an end"]);
  });

  it("randomness is the round's stream, whatever pieces it is read in", async () => {
    const printed = outputOf(await runProgram("randomness"))
      .trimEnd()
      .split("\n")
      .at(-1);
    const expected = Buffer.alloc(100);
    new RandomStream({ module: MODULE, feed: FEED, time: ROUND_TIME }).fill(expected, () => undefined);
    assert.equal(printed, expected.toString("hex"));
    assert.equal(outputOf(await runProgram("randomness", { phase: "observe" })).includes(printed), true);
    for (const other of [{ feed: "eth-usd" }, { time: ROUND_TIME + 1 }]) {
      assert.equal(outputOf(await runProgram("randomness", other)).includes(printed), false);
    }
  });
});

describe("WASI exits", () => {
  const GOOD: readonly (readonly [how: string, output: string])[] = [
    ["return", "before"],
    ["exit 0", "before"],
    ["proc_exit 0", "before"],
    ["go on", "before and after"],
  ];
  for (const [how, output] of GOOD) {
    it(`${how}: the output counts`, async () => {
      assert.equal(outputOf(await runProgram("exits", { input: how })), output);
    });
  }

  const BAD: readonly (readonly [how: string, code: string, message: RegExp])[] = [
    ["return 3", "exit", /exit code 3$/],
    ["exit 255", "exit", /exit code 255$/],
    ["proc_exit max", "exit", /exit code 4294967295$/],
    ["abort", "trap", /unreachable/],
    ["flood stdout", "output-too-large", /65536/],
    ["flood stderr", "fuel-exhausted", /fuel/],
  ];
  for (const [how, code, message] of BAD) {
    it(`${how}: the phase fails with ${code}, and what was logged stays`, async () => {
      const result = await runProgram("exits", { input: how });
      assert.ok(result.kind === "failed");
      assert.equal(result.code, code);
      assert.match(result.message, message);
      assert.equal(result.effects?.logs[0]?.text, `ending by ${how}`);
    });
  }

  it("flood stderr: the log is bounded and the rest counted", async () => {
    const { effects, fuel } = await runProgram("exits", { input: "flood stderr" });
    assert.equal(effects?.logs.length, 64);
    assert.ok(effects.logsDropped > 1000);
    assert.equal(fuel, 100_000_000n);
  });
});

describe("WASI and places outside the memory", () => {
  /** Cases of `bad-pointers.c`. */
  const WAYS = 29;
  for (let way = 0; way < WAYS; way++) {
    it(`way ${way} is a trap, twice at the same fuel`, async () => {
      const run = { input: String(way), ...SMALL };
      const first = await runProgram("bad-pointers", run);
      assert.ok(first.kind === "failed", "the call came back");
      assert.equal(first.code, "trap");
      assert.match(first.message, /outside the memory/);
      assert.deepEqual(await runProgram("bad-pointers", run), first);
    });
  }

  it("there is no further way", async () => {
    assert.equal(outputOf(await runProgram("bad-pointers", { input: String(WAYS), ...SMALL })), "came back with -1\n");
  });
});

describe("WASI conformance programs", () => {
  it("are those of the manifest", async () => {
    const { programs } = await readManifest();
    const digests = await Promise.all(
      PROGRAM_NAMES.map(async (name) => [name, sha256(await readFile(moduleUrl(name)))] as const),
    );
    assert.deepEqual(Object.fromEntries(digests), programs);
  });

  it("are what their sources compile to", async (test) => {
    const { toolchain, programs } = await readManifest();
    const installed = await installedToolchain();
    if (installed?.compiler !== toolchain.compiler || installed.library !== toolchain.library) {
      const here = installed?.compiler ?? "no clang-19 with a C library for WASI";
      test.skip(`the modules are built by ${toolchain.compiler}, here is ${here}`);
      return;
    }
    for (const name of PROGRAM_NAMES) assert.equal(sha256(await buildProgram(name)), programs[name], name);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../../scripts/toolchain/root.ts";

const FAULTS = ["--kill-leader", "--liar", "--equivocate", "--slow-source", "--partition", "--change-committee"];

function run(script: string, args: readonly string[]) {
  return spawnSync(process.execPath, [path.join(ROOT, script), ...args], { encoding: "utf8" });
}

describe("devnet's command line", () => {
  it("explains every option", () => {
    const { status, stdout, stderr } = run("scripts/devnet/main.ts", ["--help"]);
    assert.deepEqual([status, stderr], [0, ""]);
    for (const option of ["--rounds", "--json", "--nodes", "--no-proofs", "--seed", ...FAULTS])
      assert.ok(stdout.includes(option));
  });

  for (const [args, reason] of [
    [["--json"], /^devnet: --json needs --rounds: /],
    [["--rounds", "0"], /'0' is invalid\. expected a whole number from 1 to 1000/],
    [["--rounds", "-1"], /'-1' is invalid/],
    [["--rounds", "1.5"], /'1\.5' is invalid/],
    [["--rounds", "1001"], /'1001' is invalid/],
    [["--rounds", "two"], /'two' is invalid/],
    [["--rounds"], /argument missing/],
    [["--nodes", "5"], /'5' is invalid\. expected one of 4, 7, 10/],
    [["--nodes", "7", "--change-committee"], /^devnet: --change-committee sets its own sizes/],
    [["--kill-leader", "--partition"], /^devnet: .* go one at a time/],
    [["--fast"], /unknown option '--fast'/],
    [["two"], /too many arguments/],
  ] as const) {
    it(`refuses ${args.join(" ")} in one line`, () => {
      const { status, stdout, stderr } = run("scripts/devnet/main.ts", args);
      assert.deepEqual([status, stdout], [1, ""]);
      const lines = stderr.trimEnd().split("\n");
      assert.match(lines[0]!, reason);
      assert.deepEqual(
        lines.slice(1).filter((line) => line !== "(add --help for the options)"),
        [],
      );
    });
  }
});

describe("bench's command line", () => {
  it("names the benchmarks that there are", () => {
    const { status, stdout, stderr } = run("scripts/bench/main.ts", ["--help"]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /choices: "sandbox", "rounds", "proof",\s+"gas"/);
  });

  for (const [args, reason] of [
    [[], /missing required argument 'name'/],
    [["speed"], /Allowed choices are sandbox, rounds, proof, gas/],
    [["gas", "--slow"], /unknown option '--slow'/],
  ] as const) {
    it(`refuses ${args.length === 0 ? "nothing" : args.join(" ")} in one line`, () => {
      const { status, stdout, stderr } = run("scripts/bench/main.ts", args);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr.split("\n")[0]!, reason);
    });
  }
});

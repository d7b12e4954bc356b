import assert from "node:assert/strict";
import path from "node:path";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { parseSummary, runContractSuites } from "../../../scripts/test/contract-suites.ts";
import { plantTree } from "../../support/plant-tree.ts";

const MOCHA = `Running Mocha tests

  Hub
    ✔ transmits (12ms)
    - waits for a later issue
    1) reverts

  11 passing (1s)
  1 pending
  1 failing

  1) Hub
       reverts:
     AssertionError: expected 3 failing to equal 0
`;

const SOLIDITY = `Running Solidity tests

  contracts/Feed.t.sol:FeedTest
    ✔ testFuzz_Packs(int96) (runs: 256)


  4 passing
  2 skipped

`;

describe("parseSummary", () => {
  it("reads mocha's counts", () => {
    const { passed, failed, skipped } = parseSummary(MOCHA)!;
    assert.deepEqual([passed, failed, skipped], [11, 1, [{ name: "waits for a later issue", reason: "" }]]);
  });

  it("reads Solidity's counts, named or not", () => {
    const { passed, failed, skipped } = parseSummary(SOLIDITY)!;
    assert.deepEqual([passed, failed, skipped.length], [4, 0, 2]);
  });

  it("takes the last summary, not what a test printed", () => {
    assert.equal(parseSummary(`  99 passing (1s)\n\n${MOCHA}`)?.passed, 11);
  });

  it("knows when there is none", () => {
    assert.equal(parseSummary("Error HHE22: no such network\n"), undefined);
    assert.equal(parseSummary("a test that is passing"), undefined);
  });
});

describe("runContractSuites", () => {
  /** Runs a stand-in for Hardhat that prints this and exits with this code. */
  async function run(output: string, code: number): Promise<[number, number, readonly string[]]> {
    const source = `process.stdout.write(${JSON.stringify(output)}); process.exitCode = ${code};`;
    const program = path.join(plantTree({ "hardhat.mjs": source }).root, "hardhat.mjs");
    const tally = await runContractSuites({ runner: "mocha", files: [], output: new PassThrough().resume(), program });
    return [tally.passed, tally.failed, tally.faults];
  }

  it("takes the counts of a run that ended well, or with failures", async () => {
    assert.deepEqual(await run(SOLIDITY, 0), [4, 0, []]);
    assert.deepEqual(await run(MOCHA, 1), [11, 1, []]);
  });

  it("counts a runner that died without a summary as a failure", async () => {
    assert.deepEqual(await run("Error HHE22\n", 1), [
      0,
      1,
      ["hardhat test mocha ended without a summary (exit code 1)"],
    ]);
    assert.equal((await run("", 0))[1], 1);
  });

  it("trusts the exit code where it contradicts the counts", async () => {
    assert.deepEqual((await run(SOLIDITY, 7)).slice(0, 2), [4, 1]);
  });

  it("passes Hardhat's words on", async () => {
    const output = new PassThrough().setEncoding("utf8");
    const { root } = plantTree({ "hardhat.mjs": `console.log(process.argv.slice(2).join(" "));` });
    await runContractSuites({
      runner: "solidity",
      files: ["A.t.sol"],
      output,
      program: path.join(root, "hardhat.mjs"),
    });
    assert.equal(output.read(), "test solidity A.t.sol\n");
  });
});

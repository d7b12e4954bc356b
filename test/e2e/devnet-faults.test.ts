import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runDevnet } from "./support/devnet-process.ts";
import { assertPassed, checksOf, type DevnetDocument, parseDocument } from "./support/document.ts";

const linux = process.platform === "linux" ? {} : { skip: "processes are followed through /proc" };

const COMMON_CHECKS = [
  "nodes are distinct",
  "nodes saw different values",
  "answers equal the recomputed medians",
  "transmitted reports are signed",
  "nobody signed twice",
  "no slot became final twice",
];

/** A run to its end. Proofs are left out: none of this is about them, and they take all cores for seconds. */
async function playedOut(...args: readonly string[]): Promise<DevnetDocument> {
  const { code, stdout, stderr, survivors } = await runDevnet(["--rounds", "2", "--json", "--no-proofs", ...args]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(survivors, []);
  const document = parseDocument(stdout);
  assertPassed(document);
  assert.equal(document.proven, 0);
  return document;
}

describe("devnet's faults", linux, () => {
  it("rounds go on while a source is slow", async () => {
    const document = await playedOut("--slow-source");
    assert.deepEqual(checksOf(document), [
      ...COMMON_CHECKS,
      "rounds go on with a slow source",
      "the slow source shows in the metrics",
    ]);
  });

  it("rounds go on without a node that is cut off, stop in half a network, and go on when it is healed", async () => {
    const document = await playedOut("--partition");
    assert.deepEqual(checksOf(document), [
      ...COMMON_CHECKS,
      "the partition was played to its end",
      "rounds go on without a node that is cut off",
      "no round finishes in half a network",
      "rounds go on after healing",
      "the node that was cut off catches up",
    ]);
  });

  it("a node that equivocates is seen, convicted, and without effect", async () => {
    const document = await playedOut("--equivocate");
    assert.deepEqual(checksOf(document), [
      ...COMMON_CHECKS,
      "honest nodes hold evidence against the equivocator alone",
      "exported evidence convicts the equivocator",
      "the audit sees what the equivocator signed twice",
    ]);
  });

  it("committees of four, seven and four nodes follow each other without a gap, and revoking ends all at once", async () => {
    const document = await playedOut("--change-committee");
    assert.deepEqual(
      document.committees.map(({ index, f, nodes }) => [index, f, nodes.length]),
      [
        [1, 1, 4],
        [2, 2, 7],
        [3, 1, 4],
      ],
    );
    assert.deepEqual(checksOf(document), [
      ...COMMON_CHECKS,
      "the committees took over one after the other",
      "no feed went longer than its heartbeat without an update",
      "a committee retires when its successor reports",
      "nodes that are not listed wait",
      "revoking ends all at once",
    ]);
  });
});

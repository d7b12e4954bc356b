import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { RECORDED_FEEDS } from "../../../scripts/devnet/feeds.ts";
import type { DevnetRun } from "../../../scripts/devnet/run.ts";
import { slotText } from "../../../scripts/devnet/slot-text.ts";
import { printedRounds } from "../../../scripts/devnet/view/lines.ts";
import { renderRun } from "../../../scripts/devnet/view/screen.ts";
import { finishedRun, type RunChanges } from "./support/finished-run.ts";

let folder: string;
let runs = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quorate-view-"));
});
after(() => rm(folder, { recursive: true }));

async function runOf(changes: RunChanges = {}): Promise<DevnetRun> {
  const { run } = await finishedRun(path.join(folder, `run-${runs++}`), changes);
  return run;
}

describe("slotText", () => {
  it("is epoch and round, and before them the index of a later configuration", () => {
    assert.equal(slotText((1n << 48n) | (2n << 16n) | 17n), "2.17");
    assert.equal(slotText((3n << 48n) | (2n << 16n) | 17n), "3/2.17");
  });
});

describe("printedRounds", () => {
  it("says everything once, in the order in which it happened", async () => {
    const run = await runOf({ options: { killLeader: true }, killed: { member: 2 } });
    const printed = printedRounds();
    assert.deepEqual(printed.next({ ...run, episodes: [] }), [
      "round 1.1: transmitted, 1 gas",
      "round 1.1: proven, 1 gas",
      "round 1.2: transmitted, 1 gas",
      "round 1.2: proven, 1 gas",
    ]);
    assert.deepEqual(printed.next(run), ["leader node-3 killed after it signed 1.0", "node-3 rejoined in 1.2"]);
    assert.deepEqual(printed.next(run), []);
  });

  it("does not call a round proven before it is", async () => {
    const run = await runOf({ round: (record) => ({ ...record, proof: undefined }) });
    const lines = printedRounds().next({ ...run, episodes: [] });
    assert.deepEqual(lines, ["round 1.1: transmitted, 1 gas", "round 1.2: transmitted, 1 gas"]);
  });
});

describe("renderRun", () => {
  it("shows the stage alone before there is a network", async () => {
    const run = await runOf();
    const text = stripVTControlCharacters(renderRun({ ...run, network: undefined, stage: "building" }));
    assert.match(text, /^Quorate devnet {3}building/);
    assert.equal(text.split("\n").length, 1);
  });

  it("shows feeds with their newest answers, rounds and the market", async () => {
    const text = stripVTControlCharacters(renderRun(await runOf()));
    for (const { name } of RECORDED_FEEDS) assert.ok(text.includes(name), name);
    assert.match(text, /2 of 2 rounds proven/);
    assert.match(text, /SP500\/USD +188 +▲ +▁█/);
    assert.match(text, /1\.1 .*1 2 3 +1 2 +1 +0\.0 s/);
    assert.match(text, /lending market on SP500\/USD: lends at 1, proven/);
  });

  it("tells a killed node, a proof under way and a market that refuses", async () => {
    const run = await runOf({
      market: { price: undefined, refusal: "NoProvenValue" },
      round: (record) => ({ ...record, proof: undefined }),
      options: { killLeader: true },
      killed: { member: 1, restartedPid: undefined, rejoinedAt: undefined },
    });
    const text = stripVTControlCharacters(renderRun(run));
    assert.match(text, /node-2 +101 +killed/);
    assert.match(text, /node-1 +100 +starting/);
    assert.match(text, /proving/);
    assert.match(text, /refuses \(NoProvenValue\)/);
    assert.match(text, /leader node-2 killed after it signed 1\.0/);
  });

  it("counts reports where nothing is proven, and leaves proofs and the market out", async () => {
    const run = await runOf({ options: { nodes: 10 } });
    const text = stripVTControlCharacters(renderRun(run));
    assert.match(text, /2 of 2 transmitted/);
    assert.doesNotMatch(text, /prov|lending/);
  });

  it("tells a node's role by its place in the committee, and its number by its process", async () => {
    const run = await runOf();
    const [first, second, third, fourth] = run.network!.nodes;
    const nodes = [fourth!, third!, second!, first!];
    run.network = { ...run.network!, committees: [{ ...run.network!.committees[0]!, nodes }] };
    run.statuses = [
      { phase: "running", self: 3, leader: 3, epoch: 1 },
      { phase: "running", self: 2, leader: 3, epoch: 1 },
    ];
    const text = stripVTControlCharacters(renderRun(run));
    assert.match(text, /node-1 +100 +leader +1/);
    assert.match(text, /node-2 +101 +follower +1/);
    assert.match(text, /1\.1 .*4 3 2 +4 3 /);
  });
});

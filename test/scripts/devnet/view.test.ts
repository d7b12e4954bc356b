import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { RECORDED_FEEDS } from "../../../scripts/devnet/feeds.ts";
import type { DevnetRun } from "../../../scripts/devnet/run.ts";
import { printedRounds, slotText } from "../../../scripts/devnet/view/lines.ts";
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
  it("is epoch and round", () => assert.equal(slotText((3n << 48n) | (2n << 16n) | 17n), "2.17"));
});

describe("printedRounds", () => {
  it("says everything once, in the order in which it happened", async () => {
    const run = await runOf({ killed: { member: 2 } });
    const printed = printedRounds();
    assert.deepEqual(printed.next({ ...run, killLeader: undefined }), [
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
    const lines = printedRounds().next({ ...run, killLeader: undefined });
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
      killed: { member: 1 },
    });
    run.killLeader = { record: run.killLeader?.record, finished: false } as DevnetRun["killLeader"];
    const text = stripVTControlCharacters(renderRun(run));
    assert.match(text, /node-2 +101 +killed/);
    assert.match(text, /node-1 +100 +starting/);
    assert.match(text, /proving/);
    assert.match(text, /refuses \(NoProvenValue\)/);
  });
});

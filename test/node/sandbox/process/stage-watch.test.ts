import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { SNAPSHOT_FRAMES, type StageTime } from "../../../../node/sandbox/process/cold-stage.ts";
import { ColdStart } from "../../../../node/sandbox/process/cold-start.ts";
import { heaviestStack } from "../../../../node/sandbox/process/cpu-profile.ts";
import { StageWatch, type Profiled } from "../../../../node/sandbox/process/stage-watch.ts";

const node = (id: number, functionName: string, more: object = {}) => ({
  ...{ id, callFrame: { functionName, url: "file:///some/folder/decode.ts", lineNumber: id } },
  ...more,
});
const profileOf = (...nodes: readonly object[]) => JSON.stringify({ nodes });
const time = (endMs: number): StageTime => ({ stage: "compile", startMs: 0, endMs, endStack: ["end"] });

/** A worker whose profile is what the test says, or that never starts one. */
function profiled(stop: (() => Promise<string>) | undefined): Profiled {
  return { startCpuProfile: () => (stop === undefined ? new Promise(() => undefined) : Promise.resolve({ stop })) };
}

describe("the heaviest stack of a profile", () => {
  it("is the path with the most samples, innermost first, without folders", () => {
    const profile = profileOf(
      node(1, "(root)", { children: [2, 5, 6] }),
      node(2, "outer", { children: [3, 4], hitCount: 1 }),
      node(3, "light", { hitCount: 2 }),
      node(4, "heavy", { hitCount: 3 }),
      node(5, "other", { hitCount: 5 }),
      node(6, "(program)", { hitCount: 90 }),
    );
    assert.deepEqual(heaviestStack(profile), ["heavy (decode.ts:5)", "outer (decode.ts:3)"]);
  });

  it("is empty where nothing ran", () => {
    assert.deepEqual(
      heaviestStack(profileOf(node(1, "(root)", { children: [2] }), node(2, "(idle)", { hitCount: 9 }))),
      [],
    );
  });

  it("is bounded", () => {
    const deep = Array.from({ length: 100 }, (_, id) =>
      node(id, `f${id}`, { hitCount: 1, children: id < 99 ? [id + 1] : [] }),
    );
    const stack = heaviestStack(profileOf(...deep));
    assert.equal(stack.length, SNAPSHOT_FRAMES);
    assert.equal(stack[0], "f99 (decode.ts:100)");
  });
});

describe("a watched stage", () => {
  it("that is quick has no snapshot", async () => {
    const watch = new StageWatch(80);
    watch.begin({ stage: "compile", startMs: 0 }, profiled(undefined));
    assert.deepEqual(await watch.finish([time(79)]), [{ stage: "compile", startMs: 0, endMs: 79 }]);
  });

  it("that passes the limit shows what the worker did meanwhile", async () => {
    const watch = new StageWatch(1);
    const profile = profileOf(node(1, "(root)", { children: [2] }), node(2, "busy", { hitCount: 1 }));
    watch.begin(
      { stage: "compile", startMs: 0 },
      profiled(() => Promise.resolve(profile)),
    );
    await sleep(20);
    const [report] = await watch.finish([time(90)]);
    assert.deepEqual(report?.snapshot, { source: "profile", frames: ["busy (decode.ts:3)"] });
  });

  it("that was in code which cannot be looked into shows where it ended, and says so", async () => {
    const gone = () => Promise.reject(new Error("the worker is gone"));
    for (const profile of [undefined, () => Promise.resolve("no JSON"), gone]) {
      const watch = new StageWatch(1);
      watch.begin({ stage: "compile", startMs: 0 }, profiled(profile));
      await sleep(20);
      const [report] = await watch.finish([time(90)]);
      assert.deepEqual(report?.snapshot, { source: "end-of-stage", frames: ["end"] });
    }
  });

  it("whose worker was lost ends when the loss is known", async () => {
    const watch = new StageWatch(1);
    const before = performance.timeOrigin + performance.now();
    watch.begin({ stage: "instrument", startMs: before }, profiled(undefined));
    watch.begin({ stage: "compile", startMs: before }, profiled(undefined));
    const reports = await watch.finish(undefined);
    assert.deepEqual(
      reports.map(({ stage }) => stage),
      ["compile"],
    );
    assert.ok(reports[0]!.endMs >= before);
  });

  it("of a real worker shows what keeps it busy", async () => {
    const source = `
      const { parentPort, workerData } = require("node:worker_threads");
      setImmediate(function keepsBusy() {
        while (Atomics.load(workerData, 0) === 0) Math.random();
        parentPort.postMessage("done");
      });`;
    const mayEnd = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(source, { eval: true, workerData: mayEnd });
    const done = new Promise((resolve) => worker.once("message", resolve));
    const profiled: Profiled = {
      async startCpuProfile() {
        const handle = await worker.startCpuProfile();
        // A busy machine may not let the worker run in the time of an ordinary profile.
        await sleep(300);
        return { stop: () => handle.stop().finally(() => Atomics.store(mayEnd, 0, 1)) };
      },
    };
    await new Promise((resolve) => worker.once("online", resolve));
    const watch = new StageWatch(1);
    watch.begin({ stage: "first_call", startMs: 0 }, profiled);
    await done;
    const [report] = await watch.finish([{ stage: "first_call", startMs: 0, endMs: 400 }]);
    assert.equal(report?.snapshot?.source, "profile");
    // V8 may have put the function into its caller.
    assert.match(report.snapshot.frames.join(), /keepsBusy|processImmediate/);
    await worker.terminate();
  });
});

describe("a cold start", () => {
  it("measures each stage, well ended or not, and says beforehand which one begins", async () => {
    const begun: string[] = [];
    const cold = new ColdStart({ limitMs: 0 }, { onStage: ({ stage }) => begun.push(stage) });
    assert.equal(await cold.stage("instrument", () => Promise.resolve(7)), 7);
    assert.throws(() =>
      cold.stageSync("first_call", () => {
        throw new Error("no");
      }),
    );
    assert.deepEqual(begun, ["instrument", "first_call"]);
    assert.deepEqual(
      cold.times.map(({ stage }) => stage),
      begun,
    );
    for (const { startMs, endMs, endStack } of cold.times) {
      assert.ok(endMs >= startMs);
      assert.ok((endStack?.length ?? 0) > 0);
      assert.doesNotMatch(endStack?.join() ?? "", /file:|\/node\//);
    }
  });

  it("looks at no stack where a stage is quick", () => {
    const cold = new ColdStart({ limitMs: 60_000 }, { onStage: () => undefined });
    cold.stageSync("compile", () => undefined);
    assert.equal(cold.times[0]?.endStack, undefined);
  });
});

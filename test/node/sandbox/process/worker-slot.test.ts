import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import type { Hex } from "../../../../core/types/hex.ts";
import type { Job, LoadProgram, WorkerMessage, WorkerReply } from "../../../../node/sandbox/process/messages.ts";
import {
  BEGIN_DEADLINE_MS,
  TERMINATE_GRACE_MS,
  WorkerSlot,
  type WorkerThread,
} from "../../../../node/sandbox/process/worker-slot.ts";
import { ORDINARY_RUN } from "../support/run-phase.ts";

const MODULE: Hex = ORDINARY_RUN.module;
const LOAD: LoadProgram = {
  ...{ kind: "load", digest: MODULE, program: { shape: "reactor", module: {} } },
  ...{ terms: { folders: [], fileDescriptors: 16 }, idleBytes: 65_536 },
};
const job = (): Job => ({ kind: "call", run: { ...ORDINARY_RUN, input: new Uint8Array(4) } });
const DONE = { kind: "done", result: { kind: "output", output: new Uint8Array(), fuel: 1n } } as const;

/** A worker thread that answers what the test says, and ends only if it is told that it can. */
class FakeWorker extends EventEmitter {
  readonly messages: WorkerMessage[] = [];
  readonly ended = Promise.withResolvers<number>();
  terminated = false;
  postMessage = (message: WorkerMessage) => void this.messages.push(message);
  terminate = () => {
    this.terminated = true;
    return this.ended.promise;
  };
  say = (reply: WorkerReply) => this.emit("message", reply);
}

describe("a worker's slot", () => {
  const workers: FakeWorker[] = [];
  const deaths: (Hex | undefined)[] = [];
  let freed = 0;
  let slot: WorkerSlot;
  const worker = () => workers.at(-1) ?? assert.fail("no worker was started");

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    workers.length = deaths.length = freed = 0;
    slot = new WorkerSlot(
      { coldStageLimitMs: 80 },
      {
        spawn: () => {
          const started = new FakeWorker();
          workers.push(started);
          return started as unknown as WorkerThread;
        },
        loads: () => [LOAD],
        onFree: () => freed++,
        onPool: () => undefined,
        die: (culprit) => deaths.push(culprit),
      },
    );
    worker().say({ kind: "ready" });
  });
  afterEach(() => mock.timers.reset());

  /** A job that the worker begins at once. */
  const begin = (timeoutMs: number) => {
    const reply = slot.run(job(), timeoutMs);
    worker().say({ kind: "began" });
    return reply;
  };

  it("gives a job to its worker and its answer back", async () => {
    assert.equal(slot.free, true);
    const reply = slot.run(job(), 100);
    assert.equal(slot.free, false);
    worker().say({ kind: "reply", answer: DONE });
    assert.deepEqual(await reply, { answer: DONE, stages: [] });
    assert.deepEqual([slot.free, freed], [true, 2]);
  });

  it("ends a worker at the time-out; another takes its place and is told all modules", async () => {
    const reply = begin(100);
    mock.timers.tick(100);
    assert.deepEqual((await reply).answer, { kind: "timeout" });
    assert.deepEqual([workers.length, workers[0]?.terminated, slot.free], [2, true, false]);
    assert.deepEqual(worker().messages, [LOAD]);
    worker().say({ kind: "ready" });
    assert.equal(slot.free, true);
  });

  it("counts a job's time from when its worker begins it: what it did before is not the job's", async () => {
    const reply = slot.run(job(), 100);
    mock.timers.tick(BEGIN_DEADLINE_MS - 1);
    worker().say({ kind: "began" });
    mock.timers.tick(99);
    worker().say({ kind: "reply", answer: DONE });
    assert.deepEqual((await reply).answer, DONE);
    assert.equal(workers.length, 1);
  });

  it("replaces a worker that does not begin; nobody knows whose fault that is", async () => {
    const reply = slot.run(job(), 100);
    mock.timers.tick(BEGIN_DEADLINE_MS);
    assert.deepEqual((await reply).answer, { kind: "lost", reason: `it did not begin within ${BEGIN_DEADLINE_MS} ms` });
    assert.equal(workers.length, 2);
    mock.timers.tick(TERMINATE_GRACE_MS);
    assert.deepEqual(deaths, [undefined]);
  });

  it("takes no answer of a worker that it has ended", async () => {
    const late = begin(100);
    mock.timers.tick(100);
    await late;
    worker().say({ kind: "ready" });
    const next = slot.run(job(), 100);
    workers[0]?.say({ kind: "reply", answer: { ...DONE, result: { ...DONE.result, fuel: 99n } } });
    worker().say({ kind: "reply", answer: DONE });
    assert.deepEqual((await next).answer, DONE);
  });

  it("ends the process, and says whose fault it was, if the worker does not end", async () => {
    const reply = begin(100);
    mock.timers.tick(100);
    await reply;
    mock.timers.tick(TERMINATE_GRACE_MS - 1);
    assert.deepEqual(deaths, []);
    mock.timers.tick(1);
    assert.deepEqual(deaths, [MODULE]);
  });

  it("lets the process live if the worker ends in time", async () => {
    const reply = begin(100);
    mock.timers.tick(100);
    await reply;
    workers[0]?.ended.resolve(1);
    await workers[0]?.ended.promise;
    await Promise.resolve();
    mock.timers.tick(2 * TERMINATE_GRACE_MS);
    assert.deepEqual(deaths, []);
  });

  it("replaces a worker that ends on its own, and ends the process if one never comes up", async () => {
    const reply = slot.run(job(), 100);
    worker().emit("error", new Error("out of memory"));
    assert.deepEqual((await reply).answer, { kind: "lost", reason: "Error: out of memory" });
    assert.equal(workers.length, 2);
    worker().emit("exit", 1);
    assert.deepEqual(deaths, [undefined]);
  });

  it("knows how many instances its worker holds ready, and that a new one holds none", () => {
    worker().say({ kind: "pool", digest: MODULE, ready: 4 });
    assert.equal(slot.poolSize(MODULE), 4);
    worker().emit("exit", 1);
    assert.equal(slot.poolSize(MODULE), 0);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { QuorateError } from "../../../core/errors/quorate-error.ts";
import { createGate } from "../../../node/sources/gate.ts";
import { createSourceSet, MAX_CONCURRENT_READS, MAX_QUEUED_READS } from "../../../node/sources/source-set.ts";
import { serveHttp } from "./loopback.ts";
import { createRecordingMeter } from "./recording-meter.ts";

const never = new AbortController().signal;

describe("source set", () => {
  it("reads each declared source and counts by result", async () => {
    await using server = await serveHttp((request, response) => {
      response.writeHead(request.url === "/missing" ? 404 : 200).end("body");
    });
    const meter = createRecordingMeter();
    let now = 1000;
    const sources = createSourceSet(
      [
        { kind: "http", id: "web", url: server.url, allowInsecure: true },
        { kind: "file", id: "disk", directory: "/nonexistent" },
      ],
      { now: () => (now += 250), meter },
    );

    const outcomes = [
      await sources.read("web", "/x", { signal: never }),
      await sources.read("web", "/missing", { signal: never }),
      await sources.read("disk", "/x", { signal: never }),
      await sources.read("guest's invention", "/x", { signal: never }),
    ].map((reading) => (reading.kind === "failed" ? reading.code : reading.status));

    assert.deepEqual(outcomes, [200, 404, "not-found", "unknown-source"]);
    assert.deepEqual(
      meter.samples.filter(({ name }) => name === "source_reads_total").map(({ labels }) => labels),
      [
        { source: "web", result: "ok" },
        { source: "web", result: "status" },
        { source: "disk", result: "not-found" },
      ],
    );
    const seconds = meter.samples.filter(({ name }) => name === "source_read_seconds").map(({ value }) => value);
    assert.deepEqual(seconds, [0.5, 0.5, 0.25]);
  });

  it("refuses an id that is declared twice", () => {
    const declaration = { kind: "file", id: "disk", directory: "/tmp" } as const;
    assert.throws(
      () => createSourceSet([declaration, declaration], { now: () => 0, meter: createRecordingMeter() }),
      (error) => error instanceof QuorateError && error.code === "source-declared-twice",
    );
  });

  it("bounds what runs and what waits per source", async () => {
    let open = 0;
    let peak = 0;
    const held: (() => void)[] = [];
    await using server = await serveHttp((_, response) => {
      peak = Math.max(peak, ++open);
      held.push(() => {
        open -= 1;
        response.end();
      });
      if (held.length === MAX_CONCURRENT_READS) setInterval(() => held.shift()?.(), 1).unref();
    });
    const sources = createSourceSet(
      [{ kind: "http", id: "web", url: server.url, allowInsecure: true, timeoutMs: 10_000 }],
      {
        now: () => 0,
        meter: createRecordingMeter(),
      },
    );
    const count = MAX_CONCURRENT_READS + MAX_QUEUED_READS + 3;

    const readings = await Promise.all(
      Array.from({ length: count }, (_, i) => sources.read("web", `/${i}`, { signal: never })),
    );

    assert.equal(peak, MAX_CONCURRENT_READS);
    assert.equal(readings.filter((r) => r.kind === "point").length, count - 3);
    assert.equal(readings.filter((r) => r.kind === "failed" && r.code === "busy").length, 3);
  });
});

describe("gate", () => {
  it("lets those who give up leave the queue, and loses no place", async () => {
    const gate = createGate({ width: 1, queue: 2 });
    const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
    const caller = new AbortController();
    const order: string[] = [];
    const task = (name: string) => () => {
      order.push(name);
      return Promise.resolve();
    };

    const first = gate.run(() => held, never);
    const second = gate.run(task("second"), caller.signal);
    const third = gate.run(task("third"), never);
    assert.equal((await gate.run(task("fourth"), never)).kind, "full");
    caller.abort();
    assert.equal((await second).kind, "aborted");
    const fifth = gate.run(task("fifth"), never);
    release(undefined);
    await Promise.all([first, third, fifth]);

    assert.deepEqual(order, ["third", "fifth"]);
    assert.equal((await gate.run(task("sixth"), AbortSignal.abort())).kind, "aborted");
    assert.equal((await gate.run(task("seventh"), never)).kind, "done");
  });

  it("never runs more than its width, and runs all that it took, however they come and go", async () => {
    const task = fc.record({ turns: fc.nat(3), pause: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), async (tasks, width) => {
        const gate = createGate({ width, queue: 100 });
        let running = 0;
        let done = 0;
        const runs: Promise<unknown>[] = [];
        for (const { turns, pause } of tasks) {
          const work = async (): Promise<void> => {
            assert.ok(++running <= width);
            for (let turn = 0; turn < turns; turn += 1) await nextTurn();
            running -= 1;
            done += 1;
          };
          runs.push(gate.run(work, never));
          for (let turn = 0; turn < pause; turn += 1) await nextTurn();
        }
        await Promise.all(runs);
        assert.equal(done, tasks.length);
      }),
    );
  });

  it("frees the place of a task that throws", async () => {
    const gate = createGate({ width: 1, queue: 0 });
    await assert.rejects(gate.run(() => Promise.reject(new Error("bug")), never));
    assert.equal((await gate.run(() => Promise.resolve(1), never)).kind, "done");
  });
});

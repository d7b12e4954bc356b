import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { FillQueue } from "../../../../node/sandbox/process/fill-queue.ts";

/** Does its work so many times. */
const work = (times: number, onFill: () => void) => {
  let left = times;
  return {
    fill() {
      onFill();
      return --left > 0;
    },
  };
};

describe("the work that a worker does in advance", () => {
  it("is done one piece per turn, for all modules in turn", () => {
    const [tasks, done]: [(() => void)[], string[]] = [[], []];
    const queue = new FillQueue({ defer: (task) => void tasks.push(task) });
    for (const [name, times] of Object.entries({ a: 3, b: 1, c: 2 })) queue.add(work(times, () => done.push(name)));
    for (let turn = 1; tasks.length > 0; turn++) {
      assert.equal(tasks.length, 1);
      tasks.shift()?.();
      assert.equal(done.length, turn);
    }
    assert.equal(done.join(""), "abcaca");
  });

  it("holds each once, however often it is added, and goes on when more comes", () => {
    const tasks: (() => void)[] = [];
    const queue = new FillQueue({ defer: (task) => void tasks.push(task) });
    let filled = 0;
    const one = { fill: () => ++filled > 99 };
    for (let times = 0; times < 5; times++) queue.add(one);
    tasks.shift()?.();
    assert.deepEqual([filled, tasks.length], [1, 0]);
    queue.add(one);
    tasks.shift()?.();
    assert.equal(filled, 2);
  });

  it("lets a message come in between two pieces", async () => {
    const { port1, port2 } = new MessageChannel();
    const seen: string[] = [];
    const queue = new FillQueue({ defer: setImmediate });
    const ended = new Promise<void>((resolve) => {
      port2.on("message", (text: string) => {
        seen.push(text);
        if (seen.length === 6) resolve();
      });
    });
    // Each piece sends one: with all pieces in one turn the messages would come after them.
    for (const name of ["a", "b", "c"]) {
      queue.add(
        work(1, () => {
          seen.push(`made ${name}`);
          port1.postMessage(`call after ${name}`);
        }),
      );
    }
    await ended;
    port1.close();
    assert.deepEqual(
      seen,
      ["a", "b", "c"].flatMap((name) => [`made ${name}`, `call after ${name}`]),
    );
  });
});

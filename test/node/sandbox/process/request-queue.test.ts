import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Hex } from "../../../../core/types/hex.ts";
import type { ProcessRequest } from "../../../../node/sandbox/process/messages.ts";
import { RequestQueue } from "../../../../node/sandbox/process/request-queue.ts";
import { DEFAULT_TERMS } from "../../../../node/sandbox/sandbox.ts";

const call = (module: Hex): ProcessRequest => ({
  kind: "call",
  call: { module, phase: "observe", input: new Uint8Array(), feed: "F", time: 0 },
});
const admit = (digest: Hex): ProcessRequest => ({
  kind: "admit",
  digest,
  bytes: new Uint8Array(),
  terms: DEFAULT_TERMS,
});
const DONE = { answer: { kind: "admitted" }, stages: [] } as const;

describe("the requests to the sandbox process", () => {
  let suspects: Set<Hex>;
  let queue: RequestQueue;
  const takeAll = (revived = true) => {
    const ids: number[] = [];
    for (let next = queue.take(revived); next !== undefined; next = queue.take(revived)) ids.push(next.id);
    return ids;
  };
  beforeEach(() => {
    suspects = new Set();
    queue = new RequestQueue({ maxInFlight: 3 }, { isSuspect: (module) => suspects.has(module) });
  });

  it("go out in order, so many at once", () => {
    for (let index = 0; index < 5; index++) void queue.add(call("0x01"), "waiting");
    assert.deepEqual(takeAll(), [0, 1, 2]);
    queue.settle(1, DONE);
    assert.deepEqual(takeAll(), [3]);
    assert.deepEqual([queue.size, queue.inFlight], [4, 3]);
  });

  it("begin with what a new process has to be asked; nothing else goes before", () => {
    void queue.add(call("0x01"), "waiting");
    void queue.add(admit("0x01"), "revival");
    assert.deepEqual(takeAll(false), [1]);
    assert.deepEqual(takeAll(true), [0]);
  });

  it("of a suspect go alone", () => {
    suspects.add("0x0bad");
    for (const module of ["0x01", "0x0bad", "0x02", "0x03"] as const) void queue.add(call(module), "waiting");
    assert.deepEqual(takeAll(), [0]);
    queue.settle(0, DONE);
    assert.deepEqual(takeAll(), [1]);
    assert.deepEqual([...queue.modulesInFlight], ["0x0bad"]);
    queue.settle(1, DONE);
    assert.deepEqual(takeAll(), [2, 3]);
  });

  it("that were given are lost with the process, those that wait are not", async () => {
    const [given, waiting] = [queue.add(call("0x01"), "waiting"), queue.add(admit("0x02"), "revival")];
    void queue.add(call("0x03"), "waiting");
    assert.deepEqual(takeAll(false), [1]);
    queue.loseInFlight("it died");
    assert.deepEqual((await waiting).answer, { kind: "lost", reason: "it died" });
    assert.deepEqual(takeAll(), [0, 2]);
    queue.loseInFlight("it died again");
    assert.deepEqual((await given).answer, { kind: "lost", reason: "it died again" });
    assert.equal(queue.size, 0);
  });

  it("of a quarantined module end where they wait", async () => {
    const ended = queue.add(call("0x0bad"), "waiting");
    void queue.add(call("0x01"), "waiting");
    queue.quarantine("0x0bad");
    assert.deepEqual((await ended).answer, { kind: "quarantined" });
    assert.deepEqual(takeAll(), [1]);
  });

  it("take no answer twice, and none that nobody asked for", async () => {
    const answered = queue.add(call("0x01"), "waiting");
    takeAll();
    assert.equal(queue.settle(7, DONE), undefined);
    assert.equal(queue.settle(0, DONE), "0x01");
    assert.equal(queue.settle(0, DONE), undefined);
    assert.deepEqual(await answered, DONE);
  });
});

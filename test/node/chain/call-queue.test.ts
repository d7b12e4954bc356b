import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CALL_PATIENCE_MS, createCallQueue, MAX_QUEUED_CALLS } from "../../../node/chain/call-queue.ts";
import { withCode } from "../../support/error-code.ts";
import { createManualClock } from "../../support/manual-clock.ts";

const wish = (sequence: number, purpose: "transmit" | "prove" = "transmit") => ({
  ...{ purpose, sequence: BigInt(sequence) },
  prepare: () => Promise.resolve(undefined),
});

describe("the queue of calls", () => {
  it("takes a call once, and a report's proof beside its transmission", () => {
    const queue = createCallQueue({ clock: createManualClock() });
    const job = queue.take(wish(1));
    assert.equal(queue.take(wish(1)), job);
    assert.notEqual(queue.take(wish(1, "prove")), job);
    assert.equal(queue.size, 2);
  });

  it("is bounded, and says why it is full", () => {
    const queue = createCallQueue({ clock: createManualClock() });
    for (let sequence = 0; sequence < MAX_QUEUED_CALLS; sequence++) queue.take(wish(sequence));
    assert.throws(() => queue.take(wish(MAX_QUEUED_CALLS)), withCode("transaction-queue-full"));
    assert.equal(queue.take(wish(0)).key, "transmit 0", "what waits already is no addition");
  });

  it("puts a call back to the front, unless it has ended", () => {
    const queue = createCallQueue({ clock: createManualClock() });
    const [first, second] = [queue.take(wish(1)), queue.take(wish(2))];
    queue.remove(second);
    queue.putBack(second);
    queue.putBack(second);
    assert.deepEqual(queue.jobs(), [second, first]);
    queue.remove(first);
    first.done = true;
    queue.putBack(first);
    assert.deepEqual(queue.jobs(), [second]);
  });

  it("gives a call up when nobody can want it any more, not before", async () => {
    const clock = createManualClock();
    const queue = createCallQueue({ clock });
    const job = queue.take(wish(1));
    await clock.advance(CALL_PATIENCE_MS);
    queue.dropExpired();
    assert.equal(queue.size, 1);
    await clock.advance(1);
    queue.dropExpired();
    assert.equal(queue.size, 0);
    await assert.rejects(job.outcome.promise, withCode("transaction-timeout"));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_PAUSE_MS, pauseBeforeAttempt } from "../../../node/p2p/backoff.ts";

describe("back-off", () => {
  it("doubles with each failure up to the cap, within its upper half by chance", () => {
    const longest = Array.from({ length: 10 }, (_, failures) => pauseBeforeAttempt(failures, 1));
    assert.deepEqual(longest, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
    assert.equal(pauseBeforeAttempt(3, 0), 400);
    assert.equal(pauseBeforeAttempt(1_000, 0.5), 0.75 * MAX_PAUSE_MS);
  });
});

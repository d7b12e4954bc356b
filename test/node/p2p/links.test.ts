import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DIAL_TIMEOUT_MS } from "../../../node/p2p/dial-deadline.ts";
import { isNewKept } from "../../../node/p2p/links.ts";

/** Whether member 1 of the pair (1, 2), and member 2, keep the new stream. */
const kept = (current: { opener: number; age: number }, opener: number) =>
  [
    { self: 1, member: 2 },
    { self: 2, member: 1 },
  ].map((pair) =>
    isNewKept({ current: { opener: current.opener, openedAt: 0 }, opener }, { ...pair, now: current.age }),
  );

describe("choice of streams", () => {
  it("is the same on both sides", () => {
    for (const opener of [1, 2])
      for (const current of [1, 2])
        for (const age of [0, DIAL_TIMEOUT_MS, DIAL_TIMEOUT_MS + 1]) {
          const [one, two] = kept({ opener: current, age }, opener);
          assert.equal(one, two);
        }
  });

  it("prefers the lower index's stream where two cross", () => {
    assert.deepEqual(kept({ opener: 1, age: 100 }, 2), [false, false]);
    assert.deepEqual(kept({ opener: 2, age: 100 }, 1), [true, true]);
  });

  it("takes a member's newer stream for its older one, which it has lost", () => {
    assert.deepEqual(kept({ opener: 1, age: 100 }, 1), [true, true]);
    assert.deepEqual(kept({ opener: 2, age: 100 }, 2), [true, true]);
    assert.deepEqual(kept({ opener: 1, age: DIAL_TIMEOUT_MS + 1 }, 2), [true, true], "cannot have crossed");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRateLimit } from "../../../node/p2p/rate-limit.ts";

describe("rate limit", () => {
  it("gives the burst at once, and then so many a second", () => {
    const limit = createRateLimit({ burst: 3, perSecond: 2 });
    const take = (now: number, times: number) =>
      Array.from({ length: times }, () => limit.take(now)).filter(Boolean).length;
    assert.equal(take(1_000, 5), 3);
    assert.equal(take(1_499, 5), 0);
    assert.equal(take(1_500, 5), 1);
    assert.equal(take(2_500, 5), 2);
    assert.equal(take(100_000, 9), 3, "what was not taken is not saved up beyond the burst");
  });

  it("gives all of an amount or nothing of it", () => {
    const limit = createRateLimit({ burst: 100, perSecond: 10 });
    assert.deepEqual([limit.take(0, 60), limit.take(0, 60), limit.take(0, 40)], [true, false, true]);
    assert.deepEqual([limit.take(1_000, 11), limit.take(1_000, 10)], [false, true]);
  });

  it("never gives more than burst + rate · time, whenever it is asked", () => {
    const options = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perSecond: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(options, fc.array(fc.nat(2_000), { maxLength: 200 }), ({ burst, perSecond }, pauses) => {
        const limit = createRateLimit({ burst, perSecond });
        let [now, taken] = [0, 0];
        for (const pause of pauses) {
          now += pause;
          if (limit.take(now)) taken += 1;
        }
        assert.ok(taken <= burst + (now / 1_000) * perSecond + 1e-6);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { countLanes, dueMask, hasMoved, isDue, maskOf, overdueMask } from "../../../core/feeds/due.ts";
import type { StoredFeed } from "../../../core/types/chain.ts";
import type { FeedSpec, Timing } from "../../../core/types/committee.ts";

const SPEC: FeedSpec = {
  ...{ id: "0x01", decimals: 8, min: -(10n ** 12n), max: 10n ** 12n, moduleDigest: "0x02" },
  ...{ heartbeat: 30, deviationPpb: 1_000_000 },
};
const stored = (feed: Partial<StoredFeed> = {}): StoredFeed => ({
  ...{ value: 100_000n, sequence: 5n, observedAt: 990, updatedAt: 1_000 },
  ...feed,
});
const value = fc.bigInt({ min: -(2n ** 95n), max: 2n ** 95n - 1n });

describe("hasMoved", () => {
  for (const [from, to, ppb, moved] of [
    [100_000n, 100_100n, 1_000_000, true],
    [100_000n, 100_099n, 1_000_000, false],
    [100_000n, 99_900n, 1_000_000, true],
    [-100_000n, -100_100n, 1_000_000, true],
    [-100_000n, 100_000n, 1_000_000_000, true],
    [100_000n, 100_000n, 0, false],
    [100_000n, 100_001n, 0, true],
    [0n, 1n, 2 ** 32 - 1, true],
    [0n, 0n, 0, false],
  ] as const) {
    it(`from ${from} to ${to} by ${ppb} ppb: ${moved}`, () => assert.equal(hasMoved(from, to, ppb), moved));
  }

  it("is exact at the threshold, for any value of an int96", () => {
    fc.assert(
      fc.property(value, fc.nat(1_000_000_000), (from, ppb) => {
        const magnitude = from < 0n ? -from : from;
        const threshold = (magnitude * BigInt(ppb) + 999_999_999n) / 1_000_000_000n;
        if (threshold === 0n) return;
        assert.equal(hasMoved(from, from + threshold, ppb), true);
        assert.equal(hasMoved(from, from - threshold, ppb), true);
        assert.equal(hasMoved(from, from + threshold - 1n, ppb), false);
      }),
    );
  });
});

/** Rounds so fast that a heartbeat's margin is none. */
const QUICK: Timing = {
  ...{ deltaRound: 0, deltaGrace: 0, deltaProgress: 0, deltaResend: 1, deltaStage: 0, rMax: 1, window: 10 },
};

describe("a feed is due", () => {
  const same = { value: 100_000n, timing: QUICK };
  it("if it is new, when its heartbeat passed, or when it moved by its threshold", () => {
    assert.equal(isDue(SPEC, stored(), { ...same, now: 1_029 }), false);
    assert.equal(isDue(SPEC, stored(), { ...same, now: 1_030 }), true);
    assert.equal(isDue(SPEC, stored(), { value: 100_100n, now: 1_001, timing: QUICK }), true);
    assert.equal(isDue(SPEC, stored({ value: 0n, updatedAt: 0 }), { value: 0n, now: 1_001, timing: QUICK }), true);
  });

  it("so long before its heartbeat's end that a leader may fail and the next one bring a round", () => {
    const timing = { ...QUICK, deltaRound: 4_000, deltaProgress: 6_000 };
    assert.equal(isDue(SPEC, stored(), { ...same, timing, now: 1_019 }), false);
    assert.equal(isDue(SPEC, stored(), { ...same, timing, now: 1_020 }), true);
    const slow = { ...timing, deltaProgress: 60_000 };
    assert.equal(isDue(SPEC, stored(), { ...same, timing: slow, now: 1_014 }), false, "half of it at most");
    assert.equal(isDue(SPEC, stored(), { ...same, timing: slow, now: 1_015 }), true);
  });

  it("only if the report holds it and is newer than what is stored", () => {
    const specs = [SPEC, SPEC, SPEC, SPEC];
    const feeds = [
      stored({ updatedAt: 0 }),
      stored({ updatedAt: 0, sequence: 7n }),
      stored({ updatedAt: 0 }),
      stored(),
    ];
    const report = { sequence: 7n, feeds: { mask: 0b1011, values: [1n, 1n, 0n, 100_000n] } };
    assert.equal(dueMask({ specs, stored: feeds, now: 1_001, timing: QUICK }, report), 0b0001);
    assert.equal(dueMask({ specs, stored: feeds, now: 1_030, timing: QUICK }, report), 0b1001);
    assert.equal(dueMask({ specs, stored: [], now: 1_001, timing: QUICK }, report), 0, "nothing is known of the chain");
  });

  it("for a leader before any value is known: new feeds and passed heartbeats", () => {
    const feeds = [stored(), stored({ updatedAt: 0 }), stored({ updatedAt: 971 })];
    assert.equal(overdueMask({ specs: [SPEC, SPEC, SPEC, SPEC], stored: feeds, now: 1_001, timing: QUICK }), 0b1110);
    assert.equal(overdueMask({ specs: [], stored: feeds, now: 1_001, timing: QUICK }), 0);
  });
});

describe("masks", () => {
  it("hold each lane once, up to the thirty-second", () => {
    const lanes = fc.uniqueArray(fc.nat(31));
    fc.assert(
      fc.property(lanes, (chosen) => {
        assert.equal(
          maskOf(chosen),
          chosen.reduce((sum, lane) => sum + 2 ** lane, 0),
        );
        assert.equal(countLanes(maskOf(chosen)), chosen.length);
      }),
    );
  });
});

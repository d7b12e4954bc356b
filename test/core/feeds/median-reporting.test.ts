import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createReport, MAX_VALUE, MIN_VALUE, reportDigest } from "../../../core/codec/report.ts";
import { createMedianReporting } from "../../../core/feeds/median-reporting.ts";
import type { Configuration } from "../../../core/types/committee.ts";
import type { AttributedObservation, FeedValues, Observation } from "../../../core/types/observation.ts";
import { simConfiguration } from "../../support/sim/committee.ts";

const DIGEST = `0x${"c0".repeat(32)}` as const;
const DOMAIN = { chainId: 1n, hub: `0x${"ab".repeat(20)}` } as const;
const NOW = 1_700_000_000;
const SEQUENCE = 77n;

function reporting(configuration: Configuration = simConfiguration({ n: 4, f: 1 })) {
  return createMedianReporting({ configuration, configDigest: DIGEST, domain: DOMAIN });
}

function observation(feeds: FeedValues, timestamp = NOW): Observation {
  return { sequence: SEQUENCE, feeds, timestamp, inputsDigest: `0x${"00".repeat(32)}`, fuel: 0n };
}

function by(observer: number, feeds: FeedValues, timestamp = NOW): AttributedObservation {
  return { observer, observation: observation(feeds, timestamp), signature: { r8: { x: 0n, y: 1n }, s: 0n } };
}

const both = (a: bigint, b: bigint): FeedValues => ({ mask: 0b11, values: [a, b] });

describe("a report of observations", () => {
  it("holds each feed's median and the median time, and is what everybody can make from them", () => {
    const plugin = reporting();
    const outcome = plugin.report(SEQUENCE, [
      by(0, both(10n, -5n), NOW + 3),
      by(1, both(30n, -7n), NOW),
      by(3, both(20n, -6n), NOW + 9),
    ]);
    assert.ok(outcome.kind === "report");
    const feeds = both(20n, -6n);
    const feedIds = simConfiguration({ n: 4, f: 1 }).feeds.map(({ id }) => id);
    const report = createReport({ configDigest: DIGEST, sequence: SEQUENCE }, { feeds, feedIds, observedAt: NOW + 3 });
    assert.deepEqual(outcome, { kind: "report", report, feeds, digest: reportDigest(report, DOMAIN) });
  });

  it("leaves out what one observation lacks, and a median outside the feed's bounds", () => {
    const plugin = reporting();
    const lacking = plugin.report(SEQUENCE, [
      by(0, both(1n, 2n)),
      by(1, { mask: 0b10, values: [0n, 2n] }),
      by(2, both(1n, 2n)),
    ]);
    assert.ok(lacking.kind === "report");
    assert.deepEqual(lacking.feeds, { mask: 0b10, values: [0n, 2n] });
    const { max } = simConfiguration({ n: 4, f: 1 }).feeds[0]!;
    const bounded = (value: bigint) =>
      plugin.report(
        SEQUENCE,
        [0, 1, 2].map((member) => by(member, both(value, 1n))),
      );
    const [at, beyond] = [bounded(max), bounded(max + 1n)];
    assert.ok(at.kind === "report" && beyond.kind === "report");
    assert.deepEqual([at.feeds.mask, beyond.feeds.mask], [0b11, 0b10]);
  });

  it("fails without a common feed, and for a timestamp outside the window", () => {
    const plugin = reporting();
    const disjoint = [by(0, { mask: 1, values: [1n, 0n] }), by(1, { mask: 2, values: [0n, 1n] }), by(2, both(1n, 1n))];
    assert.deepEqual(plugin.report(SEQUENCE, disjoint), { kind: "failed", code: "no-feed-in-common" });
    const at = (offset: number) =>
      plugin.report(SEQUENCE, [by(0, both(1n, 1n)), by(1, both(1n, 1n)), by(2, both(1n, 1n), NOW + offset)]).kind;
    assert.deepEqual([at(10), at(11), at(-10), at(-11)], ["report", "failed", "report", "failed"]);
  });
});

describe("the leader's choice", () => {
  it("is undefined below 2f+1 observations", () => {
    const plugin = reporting();
    assert.equal(plugin.choose([], 0), undefined);
    assert.equal(plugin.choose([by(0, both(1n, 1n)), by(1, both(1n, 1n))], 0), undefined);
  });

  it("always makes a report while honest clocks differ by no more than the window, whatever f members say", () => {
    const votes = fc.record({
      f: fc.constantFrom(1, 2),
      honest: fc.array(fc.nat(10), { minLength: 5, maxLength: 5 }),
      faulty: fc.array(fc.integer({ min: -30, max: 40 }), { minLength: 2, maxLength: 2 }),
      at: fc.nat(2),
      masks: fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 2, maxLength: 2 }),
    });
    fc.assert(
      fc.property(votes, ({ f, honest, faulty, at, masks }) => {
        const clocks: { offset: number; mask: number }[] = honest
          .slice(0, 2 * f + 1)
          .map((offset) => ({ offset, mask: 0b11 }));
        const liars = faulty.slice(0, f).map((offset, i) => ({ offset, mask: masks[i]! }));
        clocks.splice(at, 0, ...liars);
        const observations = clocks.map(({ offset, mask }, member) =>
          by(member, { mask, values: [mask & 1 ? 5n : 0n, mask & 2 ? 5n : 0n] }, NOW + offset),
        );
        const plugin = reporting(simConfiguration({ n: 3 * f + 1, f }));
        const chosen = plugin.choose(observations, 0);
        assert.ok(chosen !== undefined, "a member with a clock or a mask of its own stalled the round");
        assert.equal(chosen.length, 2 * f + 1);
        assert.equal(plugin.report(SEQUENCE, chosen).kind, "report");
      }),
      { numRuns: 500 },
    );
  });

  it("keeps a member at the window's edge from spoiling the round", () => {
    const plugin = reporting();
    const feeds = both(1n, 1n);
    const observations = [by(0, feeds, NOW - 10), by(1, feeds, NOW + 1), by(2, feeds, NOW + 1), by(3, feeds, NOW)];
    assert.deepEqual(
      plugin.choose(observations, 0)?.map(({ observer }) => observer),
      [1, 2, 3],
    );
  });

  it("is undefined where no report can be made of it", () => {
    const beyond = simConfiguration({ n: 4, f: 1 }).feeds[0]!.max + 1n;
    const values = { mask: 1, values: [beyond, 0n] };
    assert.equal(
      reporting().choose(
        [0, 1, 2, 3].map((member) => by(member, values)),
        0,
      ),
      undefined,
    );
  });
});

describe("a well-formed observation", () => {
  const plugin = reporting();
  for (const [name, feeds, timestamp, expected] of [
    ["all feeds", both(1n, -1n), NOW, true],
    ["no feed", { mask: 0, values: [0n, 0n] }, NOW, true],
    ["the extremes", both(MIN_VALUE, MAX_VALUE), NOW, true],
    ["too few lanes", { mask: 1, values: [1n] }, NOW, false],
    ["too many lanes", { mask: 1, values: [1n, 0n, 0n] }, NOW, false],
    ["a lane without a feed", { mask: 0b100, values: [0n, 0n] }, NOW, false],
    ["a value in an unset lane", { mask: 0b01, values: [1n, 1n] }, NOW, false],
    ["a value beyond an int96", both(MAX_VALUE + 1n, 0n), NOW, false],
    ["a value below an int96", both(MIN_VALUE - 1n, 0n), NOW, false],
    ["no time", both(1n, 1n), 0, false],
    ["half a second", both(1n, 1n), 1.5, false],
    ["a time beyond a uint32", both(1n, 1n), 2 ** 32, false],
  ] as const) {
    it(`${name}: ${expected}`, () => assert.equal(plugin.isWellFormed(observation(feeds, timestamp)), expected));
  }
});

describe("what a choice leaves out", () => {
  const feeds = (mask: number): FeedValues => ({ mask, values: [mask & 1 ? 10n : 0n, mask & 2 ? 20n : 0n] });
  const cases = [
    { name: "is nothing where all carry all", masks: [0b11, 0b11, 0b11], chosen: [0, 1, 2], left: false },
    {
      name: "is a feed that f+1 carry and one of the chosen does not",
      masks: [0b01, 0b11, 0b11],
      chosen: [0, 1, 2],
      left: true,
    },
    { name: "counts those that were not chosen", masks: [0b01, 0b01, 0b11, 0b11], chosen: [0, 1, 2], left: true },
    { name: "is no feed that f alone carry", masks: [0b01, 0b01, 0b11], chosen: [0, 1, 2], left: false },
    { name: "is no feed that nobody carries", masks: [0b01, 0b01, 0b01], chosen: [0, 1, 2], left: false },
    {
      name: "is nothing where the one without it was not chosen",
      masks: [0b01, 0b11, 0b11, 0b11],
      chosen: [1, 2, 3],
      left: false,
    },
  ];
  for (const { name, masks, chosen, left } of cases) {
    it(name, () => {
      const observations = masks.map((mask, observer) => by(observer, feeds(mask)));
      const picked = chosen.map((observer) => observations[observer]!);
      assert.equal(reporting().leavesOut(observations, picked), left);
    });
  }
});

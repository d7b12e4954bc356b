import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { chooseObservations } from "../../../core/feeds/choose.ts";
import { countLanes } from "../../../core/feeds/due.ts";
import type { AttributedObservation } from "../../../core/types/observation.ts";

function observed(observer: number, mask: number): AttributedObservation {
  const observation = {
    sequence: 1n,
    feeds: { mask, values: [] },
    timestamp: 1,
    inputsDigest: "0x",
    fuel: 0n,
  } as const;
  return { observer, observation, signature: { r8: { x: 0n, y: 1n }, s: 0n } };
}

const commonOf = (chosen: readonly AttributedObservation[]) =>
  chosen.reduce((mask, { observation }) => (mask & observation.feeds.mask) >>> 0, 2 ** 32 - 1);

/** Every choice of `count` members. */
function subsets<T>(items: readonly T[], count: number): T[][] {
  const [first, ...rest] = items;
  if (count === 0) return [[]];
  if (first === undefined) return [];
  return [...subsets(rest, count - 1).map((subset) => [first, ...subset]), ...subsets(rest, count)];
}

interface Case {
  readonly masks: readonly number[];
  readonly count: number;
  readonly due: number;
}

/** Up to 7 nodes of which each lacks some of 6 feeds; sometimes most of them. */
const cases: fc.Arbitrary<Case> = fc.record({
  masks: fc.array(
    fc.oneof(
      fc.nat(63),
      fc.nat(63).map((mask) => mask | 0b111000),
    ),
    { minLength: 1, maxLength: 7 },
  ),
  count: fc.constantFrom(1, 3, 5),
  due: fc.nat(63),
});

describe("chooseObservations", () => {
  it("finds as many due feeds, then as many feeds, as the best of all subsets", () => {
    fc.assert(
      fc.property(cases, ({ masks, count, due }) => {
        const observations = masks.map((mask, observer) => observed(observer, mask));
        const scores = subsets(observations, count).map((subset) => {
          const common = commonOf(subset);
          return countLanes(common & due) * 64 + countLanes(common);
        });
        const best = Math.max(0, ...scores);
        const chosen = chooseObservations(observations, { count, due });
        if (best === 0) {
          assert.equal(chosen, undefined);
          return;
        }
        assert.ok(chosen !== undefined);
        const common = commonOf(chosen);
        assert.equal(countLanes(common & due) * 64 + countLanes(common), best);
      }),
      { numRuns: 500 },
    );
  });

  it("gives exactly as many as asked, each once, in member order, whatever the order they came in", () => {
    const shuffled = cases.chain((input) =>
      fc.record({
        input: fc.constant(input),
        order: fc.shuffledSubarray([...input.masks.keys()], { minLength: input.masks.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ input: { masks, count, due }, order }) => {
        const at = (observer: number) => observed(observer, masks[observer]!);
        const chosen = chooseObservations(order.map(at), { count, due });
        const members = chosen?.map(({ observer }) => observer);
        const expected = chooseObservations([...masks.keys()].map(at), { count, due });
        assert.deepEqual(
          members,
          expected?.map(({ observer }) => observer),
        );
        if (members === undefined) return;
        assert.equal(members.length, count);
        assert.deepEqual(
          members,
          [...new Set(members)].sort((a, b) => a - b),
        );
      }),
    );
  });

  it("prefers one due feed to two others, and lower members among equals", () => {
    const observations = [0b011, 0b011, 0b111, 0b100, 0b100].map((mask, observer) => observed(observer, mask));
    const members = (due: number) =>
      chooseObservations(observations, { count: 3, due })?.map(({ observer }) => observer);
    assert.deepEqual(members(0), [0, 1, 2]);
    assert.deepEqual(members(0b100), [2, 3, 4]);
  });

  it("finds a common feed of 31 nodes of which each lacks another one, where intersections are too many to try", () => {
    const all = 2 ** 32 - 1;
    const observations = Array.from({ length: 31 }, (_, lane) => observed(lane, (all & ~(1 << lane)) >>> 0));
    const due = 0b11;
    const chosen = chooseObservations(observations, { count: 21, due });
    assert.equal(chosen?.length, 21);
    const common = commonOf(chosen);
    assert.equal(countLanes(common), 11, "21 nodes that lack one feed each share the 11 others");
    assert.equal(common & due, due);
  });
});

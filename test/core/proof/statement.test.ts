import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MedianStatement } from "../../../core/ports/prover.ts";
import { circuitInputs } from "../../../core/proof/circuit-inputs.ts";
import { assertProvable } from "../../../core/proof/statement.ts";
import { withCode } from "../../support/error-code.ts";
import { medianStatement, SHAPE } from "../../support/median-statement.ts";
import { proofVector } from "../../support/proof-vector.ts";

const good = medianStatement();

function withReport(report: Partial<MedianStatement["report"]>): MedianStatement {
  return { ...good, report: { ...good.report, ...report } };
}

function withObservation(i: number, change: Partial<MedianStatement["observations"][number]>): MedianStatement {
  return { ...good, observations: good.observations.map((each, at) => (at === i ? { ...each, ...change } : each)) };
}

function withLane(lane: number, value: bigint): MedianStatement {
  return { ...good, feeds: { ...good.feeds, values: good.feeds.values.with(lane, value) } };
}

describe("assertProvable", () => {
  it("accepts the vector and a committee smaller than nMax", () => {
    assertProvable(good, SHAPE);
    assertProvable(proofVector().statement, SHAPE);
    assertProvable(medianStatement({ members: 3, chosen: [0, 1, 2] }), SHAPE);
  });

  const [first, second, third] = good.observations;
  assert.ok(first && second && third);
  const { observation } = first;
  const cases: [string, string, MedianStatement][] = [
    ["fewer than k observations", "observation-count", { ...good, observations: [first, second] }],
    [
      "more than k observations",
      "observation-count",
      medianStatement({ chosen: [0, 1, 2, 3], timestamps: Array(4).fill(1_700_000_000) as number[] }),
    ],
    ["a committee smaller than k", "committee-does-not-fit", { ...good, observerKeys: good.observerKeys.slice(0, 2) }],
    [
      "a committee larger than nMax",
      "committee-does-not-fit",
      { ...good, observerKeys: [...good.observerKeys, ...good.observerKeys] },
    ],
    ["the same observer twice", "observers-not-ascending", { ...good, observations: [first, first, third] }],
    ["observers out of order", "observers-not-ascending", { ...good, observations: [second, first, third] }],
    ["an observer outside the committee", "observer-unknown", withObservation(2, { observer: 4 })],
    [
      "an observation of another slot",
      "observation-other-slot",
      withObservation(0, { observation: { ...observation, sequence: 1n } }),
    ],
    [
      "too few lanes",
      "lanes-mismatch",
      withObservation(0, { observation: { ...observation, feeds: { mask: 1, values: [1n] } } }),
    ],
    ["too few lanes in the report", "lanes-mismatch", { ...good, feeds: { mask: 1, values: [1n] } }],
    ["a mask beyond the lanes", "mask-out-of-range", { ...good, feeds: { ...good.feeds, mask: 0x1ff } }],
    ["a value beyond int96", "value-out-of-range", medianStatement({ values: [[2n ** 95n], [], []] })],
    ["a value below int96", "value-out-of-range", medianStatement({ values: [[-(2n ** 95n) - 1n], [], []] })],
    ["an absent lane with a value", "absent-value-not-zero", { ...good, feeds: { ...good.feeds, mask: 0xfe } }],
    [
      "a forged signature",
      "observation-signature",
      withObservation(0, { signature: { ...first.signature, s: first.signature.s + 1n } }),
    ],
    ["another member's signature", "observation-signature", withObservation(0, { signature: second.signature })],
    ["a key that did not sign", "observation-signature", { ...good, observerKeys: good.observerKeys.toReversed() }],
    ["another chain", "observation-signature", { ...good, domain: { ...good.domain, chainId: 1n } }],
    [
      "observedAt below W",
      "window-out-of-range",
      { ...good, window: 32_767, report: { ...good.report, observedAt: 32_766 } },
    ],
    ["a window beyond 16 bits", "window-out-of-range", { ...good, window: 32_768 }],
    ["a negative window", "window-out-of-range", { ...good, window: -1 }],
    ["observedAt beyond uint32", "window-out-of-range", withReport({ observedAt: 2 ** 32 })],
    ["a timestamp outside the window", "timestamp-outside-window", { ...good, window: 1 }],
    [
      "observedAt that is not the median",
      "observed-at-not-median",
      withReport({ observedAt: good.report.observedAt + 1 }),
    ],
    [
      "a feed that one observation lacks",
      "feed-not-observed",
      medianStatement({ masks: [0xff, 0xfe, 0xff], reportMask: 0xff }),
    ],
    ["a value that is not the median", "value-not-median", withLane(0, (good.feeds.values[0] ?? 0n) + 1n)],
  ];
  for (const [what, code, statement] of cases) {
    it(`refuses: ${what}`, () => assert.throws(() => assertProvable(statement, SHAPE), withCode(code)));
  }

  it("guards circuitInputs", () => {
    assert.throws(() => circuitInputs(withLane(0, 1n), SHAPE), withCode("value-not-median"));
  });
});

describe("circuitInputs", () => {
  it("agrees with the vector", () => {
    const { statement, shape, inputs } = proofVector();
    assert.deepEqual(circuitInputs(statement, shape), inputs);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { floorsOf, middlesOf, trendOf } from "../../../scripts/soak/trend.ts";

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

describe("trendOf", () => {
  it("finds the line that points lie on, whatever their order", () => {
    const coefficient = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(coefficient, coefficient, fc.integer({ min: 2, max: 60 }), (start, perMinute, count) => {
        const line = Array.from({ length: count }, (_, minute) => ({ minute, value: start + perMinute * minute }));
        const trend = trendOf(line.toReversed());
        near(trend.start, start);
        near(trend.slopePerHour, 60 * perMinute);
        near(trend.growth, perMinute * (count - 1));
        assert.ok(trend.slopeError <= 1e-3 * Math.max(1, Math.abs(start), Math.abs(perMinute)));
      }),
    );
  });

  it("tells how far chance may have moved the slope", () => {
    const zigzag = Array.from({ length: 20 }, (_, minute) => ({ minute, value: 100 + (minute % 2 === 0 ? 5 : -5) }));
    const { slopePerHour, slopeError } = trendOf(zigzag);
    assert.ok(Math.abs(slopePerHour) < 2 * slopeError);
    assert.ok(slopeError > 0);
  });

  it("refuses to draw a line through one moment", () => {
    assert.throws(() => trendOf([]), RangeError);
    assert.throws(() => trendOf([{ minute: 1, value: 2 }]), RangeError);
    assert.throws(
      () =>
        trendOf([
          { minute: 1, value: 2 },
          { minute: 1, value: 3 },
        ]),
      RangeError,
    );
  });
});

describe("floorsOf", () => {
  it("keeps the least value of each window", () => {
    const points = [5, 3, 8, 7, 9, 2].map((value, i) => ({ minute: 10 + i / 2, value }));
    assert.deepEqual(floorsOf(points, 1), [
      { minute: 10.5, value: 3 },
      { minute: 11.5, value: 7 },
    ]);
  });

  it("does not count a last window that is cut short, and does if it lacks next to nothing", () => {
    const minutes = (until: number) => Array.from({ length: until * 10 + 1 }, (_, i) => ({ minute: i / 10, value: i }));
    assert.equal(floorsOf(minutes(2.5), 1).length, 2);
    assert.equal(floorsOf(minutes(2.9), 1).length, 3);
  });

  it("gives one floor at least", () => {
    assert.deepEqual(floorsOf([{ minute: 3, value: 7 }], 1), [{ minute: 3.5, value: 7 }]);
  });
});

describe("middlesOf", () => {
  it("keeps the median of each window, whatever its extremes", () => {
    const points = [5, 3, 800, 7, 9, -200, 6].map((value, i) => ({ minute: 10 + i / 3, value }));
    assert.deepEqual(middlesOf(points, 1), [
      { minute: 10.5, value: 5 },
      { minute: 11.5, value: 7 },
    ]);
  });

  it("leaves out a window without a sample", () => {
    const points = [0, 0.5, 2, 3].map((minute) => ({ minute, value: minute }));
    assert.deepEqual(
      middlesOf(points, 1).map(({ minute }) => minute),
      [0.5, 2.5],
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EventQueue } from "../support/sim/event-queue.ts";

describe("the simulator's queue", () => {
  it("gives back everything by time, and things of one instant in their order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.array(fc.nat(20), { maxLength: 60 }), (first, second) => {
        const queue = new EventQueue<readonly [at: number, order: number]>();
        const put = (at: number, order: number) => queue.push(at, [at, order]);
        first.forEach(put);
        const early = Array.from({ length: Math.floor(first.length / 2) }, () => queue.pop()!.item);
        const later = second.map((at) => at + (early.at(-1)?.[0] ?? 0));
        later.forEach((at, i) => put(at, first.length + i));
        const rest = Array.from({ length: queue.size }, () => queue.pop()!.item);
        const all = [
          ...first.map((at, i) => [at, i] as const),
          ...later.map((at, i) => [at, first.length + i] as const),
        ];
        const expected = all.toSorted(([a, i], [b, j]) => a - b || i - j);
        assert.deepEqual([...early, ...rest], expected);
        assert.equal(queue.pop(), undefined);
        assert.equal(queue.nextAt(), Infinity);
      }),
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeSample } from "../../../scripts/soak/node-sample.ts";
import { judge, MAX_HANDLE_GROWTH, MIN_MEMORY_MINUTES } from "../../../scripts/soak/verdict.ts";

const MEBIBYTE = 2 ** 20;
const MINUTES = 24;
const WARM_UP = 4;
const ROUNDS = { started: 1_000, lost: 3 };

const CALM: Omit<NodeSample, "minute" | "finals"> = {
  ...{ resident: 200 * MEBIBYTE, heap: 60 * MEBIBYTE, external: 8 * MEBIBYTE, sandboxResident: 120 * MEBIBYTE },
  ...{ descriptors: 40, sockets: 12, resources: 20, connectedMembers: 3, connections: 3, streams: 9 },
  ...{ database: MEBIBYTE, loopDelayMs: 12 },
};

/** Six samples per minute of one node; `change` spoils them. */
function recordOf(change: (minute: number) => Partial<NodeSample> = () => ({})) {
  const samples = Array.from({ length: 6 * MINUTES }, (_, i) => {
    const minute = i / 6;
    // As the collector has it: memory goes up and comes down.
    const breath = (i % 17) * MEBIBYTE;
    return {
      ...CALM,
      minute,
      finals: 10 * i,
      resident: CALM.resident + breath,
      heap: CALM.heap + breath,
      ...change(minute),
    };
  });
  return { name: "node-1", samples, missed: 0 };
}

const failuresOf = (record: ReturnType<typeof recordOf>, rounds = ROUNDS) =>
  judge([recordOf(), record], { warmUp: WARM_UP, rounds }).failures;

describe("judge", () => {
  it("finds nothing in a calm run, and judges every figure of every node", () => {
    const { failures, nodes } = judge([recordOf(), recordOf()], { warmUp: WARM_UP, rounds: ROUNDS });
    assert.deepEqual(failures, []);
    assert.equal(nodes.length, 2);
    assert.ok(nodes.every(({ judgements }) => judgements.length === 9 && judgements.every(({ flat }) => flat)));
  });

  it("does not count what grows before the warm-up is over", () => {
    const record = recordOf((minute) => (minute < WARM_UP ? { resident: minute * 30 * MEBIBYTE } : {}));
    assert.deepEqual(failuresOf(record), []);
  });

  for (const figure of ["resident", "heap", "external", "sandboxResident"] as const) {
    it(`finds a leak in ${figure}`, () => {
      const leak = (perMinute: number) => recordOf((minute) => ({ [figure]: CALM[figure] + minute * perMinute }));
      const [failure, ...others] = failuresOf(leak(1.5 * MEBIBYTE));
      assert.match(
        failure ?? "",
        new RegExp(`^node-1: ${figure} grew by 2\\d\\.\\d MiB \\((8|9)\\d\\.\\d MiB/h ± \\d`),
      );
      assert.deepEqual(others, []);
      assert.deepEqual(failuresOf(leak(0.1 * MEBIBYTE)), [], "a tenth of a mebibyte a minute is noise");
    });
  }

  it("takes memory that the collector gave back early for no leak afterwards", () => {
    const returned = (minute: number) => (minute > WARM_UP && minute < WARM_UP + 1 ? 0.7 : 1);
    const record = recordOf((minute) => ({ resident: CALM.resident * returned(minute) }));
    assert.deepEqual(failuresOf(record), []);
  });

  it("shows memory, and does not judge it, in a run that is too short for the collector", () => {
    const record = recordOf((minute) => ({ resident: CALM.resident + minute * 5 * MEBIBYTE }));
    const short = { ...record, samples: record.samples.filter(({ minute }) => minute < MIN_MEMORY_MINUTES / 2) };
    const { failures, nodes } = judge([short], { warmUp: 0, rounds: ROUNDS });
    assert.deepEqual(failures, []);
    assert.ok(nodes[0]!.judgements[0]!.growth > 10 * MEBIBYTE);
  });

  for (const figure of ["descriptors", "sockets", "resources", "connections", "streams"] as const) {
    it(`finds ${figure} that are never closed, and bears some that are`, () => {
      const kept = recordOf((minute) => ({ [figure]: CALM[figure] + Math.floor(minute / 2) }));
      assert.equal(failuresOf(kept).length, 1);
      const passing = recordOf((minute) => ({ [figure]: CALM[figure] + (minute % 1 > 0.5 ? 50 : 0) }));
      assert.deepEqual(failuresOf(passing), []);
      const more = recordOf((minute) => ({ [figure]: CALM[figure] + (minute > 12 ? MAX_HANDLE_GROWTH / 2 : 0) }));
      assert.deepEqual(failuresOf(more), []);
    });
  }

  it("finds a node that takes no part any more", () => {
    const record = recordOf((minute) => (minute >= 15 ? { finals: 900 } : {}));
    assert.deepEqual(failuresOf(record), ["node-1: no report became final in minute 16"]);
  });

  it("finds a node that does not answer, and bears one that is late now and then", () => {
    const { samples } = recordOf();
    assert.deepEqual(failuresOf({ name: "node-1", samples, missed: samples.length / 5 }), []);
    assert.deepEqual(failuresOf({ name: "node-1", samples: [], missed: 9 }), ["node-1: did not answer 9 times"]);
  });

  it("finds lost rounds beyond the bound", () => {
    assert.deepEqual(failuresOf(recordOf(), { started: 1_000, lost: 20 }), []);
    assert.match(failuresOf(recordOf(), { started: 1_000, lost: 21 })[0] ?? "", /^21 of 1000 rounds were lost/);
  });
});

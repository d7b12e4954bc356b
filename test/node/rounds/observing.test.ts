import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Observation } from "../../../core/types/observation.ts";
import { sequenceOf, slotOf } from "../../../core/types/sequence.ts";
import { createRoundMetrics } from "../../../node/rounds/metrics.ts";
import { createObserving, MAX_AHEAD_MS } from "../../../node/rounds/observing.ts";
import { createManualClock, settled } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const DELTA_ROUND = 4_000;
const R_MAX = 5;
const slot = (round: number, epoch = 1) => sequenceOf({ configIndex: 1, epoch, round });

/** What was asked of the sources, and when, in milliseconds since the start. */
interface Asked {
  readonly round: number;
  readonly epoch: number;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** Sources that answer after as long as the test says at the moment. */
function start({ deltaRound = DELTA_ROUND, takes = 40 } = {}) {
  const [clock, log, meter] = [createManualClock(), createRecordingLog(), createRecordingMeter()];
  const began = clock.now();
  const asked: Asked[] = [];
  const asking: bigint[] = [];
  const observed: { round: number; at: number }[] = [];
  const sources = { takes, failure: undefined as Error | undefined };
  const observing = createObserving(
    { deltaRound, rMax: R_MAX },
    {
      observer: {
        async observe(sequence, signal): Promise<Observation> {
          asked.push({ ...slotOf(sequence), at: clock.now() - began, signal });
          await clock.sleep(sources.takes, signal);
          if (sources.failure !== undefined) throw sources.failure;
          const timestamp = Math.floor(clock.timeOfDay() / 1000);
          const feeds = { mask: 1, values: [1n] };
          return { sequence, feeds, timestamp, inputsDigest: `0x${"00".repeat(32)}`, fuel: 1n };
        },
      },
      ...{ clock, log, metrics: createRoundMetrics(meter) },
      onAsking: (sequence) => void asking.push(sequence),
      onObservation: ({ sequence }) => void observed.push({ round: slotOf(sequence).round, at: clock.now() - began }),
    },
  );
  const ahead = (result: string) => meter.total("observed_ahead_total", { result });
  const begin = async (round: number, epoch = 1) => {
    observing.start(slot(round, epoch));
    await settled();
  };
  return { clock, log, asked, asking, observed, sources, observing, ahead, begin };
}

const times = (asked: readonly Asked[]) => asked.map(({ round, at }) => ({ round, at }));

describe("observing", () => {
  it("asks the sources so early that their answers are there when the round starts", async () => {
    const node = start();
    await node.begin(1);
    await node.clock.advance(DELTA_ROUND);
    await node.begin(2);
    assert.deepEqual(times(node.asked), [
      { round: 1, at: 0 },
      { round: 2, at: DELTA_ROUND - 40 },
    ]);
    assert.deepEqual(node.asking, [slot(1), slot(2)]);
    assert.deepEqual(node.observed, [
      { round: 1, at: 40 },
      { round: 2, at: DELTA_ROUND },
    ]);
    assert.equal(node.ahead("used"), 1);
  });

  it("tells nothing before the round starts, however early the answers are", async () => {
    const node = start();
    await node.begin(1);
    await node.clock.advance(DELTA_ROUND + 500);
    assert.deepEqual(
      node.observed.map(({ round }) => round),
      [1],
    );
  });

  it("waits for the rest where the answers take longer than they used to", async () => {
    const node = start();
    await node.begin(1);
    await node.clock.advance(1_000);
    node.sources.takes = 100;
    await node.clock.advance(DELTA_ROUND - 1_000);
    await node.begin(2);
    await node.clock.advance(60);
    assert.deepEqual(node.observed.at(-1), { round: 2, at: DELTA_ROUND + 60 });
    assert.equal(node.asked.length, 2);
  });

  it("goes by what three of four of the last eight took, and by half the limit at most", async () => {
    const cases = [
      { took: [10, 20, 30, 40], lead: 30 },
      { took: [400, 400, 400, 10, 10, 10, 10, 10, 10, 10, 10], lead: 10 },
      { took: [900], lead: MAX_AHEAD_MS / 2 },
    ];
    for (const { took, lead } of cases) {
      const node = start();
      for (const [i, takes] of took.entries()) {
        node.sources.takes = takes;
        // A new epoch each: nothing is asked ahead that could be used.
        await node.begin(1, i + 1);
        await node.clock.advance(1_000);
      }
      await node.clock.advance(DELTA_ROUND);
      const startedAt = (took.length - 1) * 1_000;
      const expected = { round: 2, at: startedAt + DELTA_ROUND - lead };
      assert.deepEqual(times(node.asked).at(-1), expected, took.join());
    }
  });

  it("is never ahead by more than an eighth of DeltaRound", async () => {
    const node = start({ deltaRound: 200 });
    await node.begin(1);
    await node.clock.advance(200);
    assert.deepEqual(times(node.asked).at(-1), { round: 2, at: 200 - 25 });
  });

  it("throws away what a round that comes late finds, and asks again", async () => {
    for (const { late, used } of [
      { late: MAX_AHEAD_MS - 40, used: true },
      { late: MAX_AHEAD_MS - 39, used: false },
    ]) {
      const node = start();
      await node.begin(1);
      await node.clock.advance(DELTA_ROUND + late);
      await node.begin(2);
      assert.deepEqual([node.ahead("used"), node.ahead("late")], used ? [1, 0] : [0, 1]);
      assert.equal(node.asked.length, used ? 2 : 3);
      await node.clock.advance(40);
      assert.deepEqual(node.observed.at(-1), { round: 2, at: DELTA_ROUND + late + (used ? 0 : 40) });
    }
  });

  it("throws away what was asked for another slot, and gives it up if it is still under way", async () => {
    const node = start();
    await node.begin(1);
    await node.clock.advance(DELTA_ROUND - 20);
    assert.deepEqual(times(node.asked).at(-1), { round: 2, at: DELTA_ROUND - 40 });
    await node.begin(1, 2);
    assert.equal(node.ahead("other-slot"), 1);
    assert.equal(node.asked[1]?.signal.aborted, true);
    await node.clock.advance(40);
    assert.deepEqual(
      node.observed.map(({ round }) => round),
      [1, 1],
    );
  });

  it("asks again where asking ahead failed", async () => {
    const node = start();
    await node.begin(1);
    await node.clock.advance(1_000);
    node.sources.failure = new Error("sandbox gone");
    await node.clock.advance(DELTA_ROUND - 1_000);
    node.sources.failure = undefined;
    await node.begin(2);
    await node.clock.advance(40);
    assert.equal(node.ahead("failed"), 1);
    assert.deepEqual(node.observed.at(-1), { round: 2, at: DELTA_ROUND + 40 });
  });

  it("asks once ahead, however long no round comes", async () => {
    const node = start();
    await node.begin(1);
    await node.clock.advance(100 * DELTA_ROUND);
    assert.equal(node.asked.length, 2);
    assert.equal(node.clock.pending, 0);
  });

  it("asks nothing ahead of an epoch's end: who leads on is not known", async () => {
    const node = start();
    await node.begin(R_MAX);
    await node.clock.advance(10 * DELTA_ROUND);
    assert.equal(node.asked.length, 1);
  });

  it("asks nothing ahead while it still observes, or after it failed", async () => {
    const slow = start({ takes: DELTA_ROUND + 10 });
    await slow.begin(1);
    await slow.clock.advance(DELTA_ROUND);
    assert.equal(slow.asked.length, 1);
    await slow.begin(2);
    assert.equal(slow.asked[0]?.signal.aborted, true);
    const broken = start();
    broken.sources.failure = new Error("sandbox gone");
    await broken.begin(1);
    await broken.clock.advance(DELTA_ROUND);
    assert.equal(broken.asked.length, 1);
    assert.deepEqual(
      broken.log.lines.map(({ message }) => message),
      ["observing failed"],
    );
    broken.sources.failure = undefined;
    await broken.begin(2);
    await broken.clock.advance(40);
    assert.deepEqual(broken.observed, [{ round: 2, at: DELTA_ROUND + 40 }]);
  });

  it("leaves nothing behind when it stops", async () => {
    const waiting = start();
    await waiting.begin(1);
    await waiting.clock.advance(1_000);
    await waiting.observing.stop();
    await waiting.clock.advance(DELTA_ROUND);
    assert.deepEqual([waiting.asked.length, waiting.clock.pending], [1, 0]);
    const asking = start();
    await asking.begin(1);
    await asking.clock.advance(DELTA_ROUND - 20);
    await asking.observing.stop();
    assert.equal(asking.asked[1]?.signal.aborted, true);
    assert.equal(asking.clock.pending, 0);
  });
});

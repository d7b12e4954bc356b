import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RoundRecorder } from "../../../scripts/bench/rounds/round-recorder.ts";

const START = 1_000;

/** Notes the times, relative to the start, at which members 0, 1, … reached a stage. */
function tell(
  recorder: RoundRecorder,
  sequence: bigint,
  times: Readonly<Record<string, readonly (number | undefined)[]>>,
): void {
  for (const [stage, members] of Object.entries(times)) {
    for (const [member, time] of members.entries()) {
      if (time !== undefined) recorder.note({ member, stage, sequence, at: START + time });
    }
  }
}

describe("RoundRecorder", () => {
  it("times each stage from the leader's start until a quorum has reached it", () => {
    const recorder = new RoundRecorder({ quorum: 3 });
    tell(recorder, 1n, {
      "round-started": [undefined, 0],
      observing: [1, 1, 1, 1],
      observed: [30, 10, 20, 400],
      proposed: [50, 51, 52, 53],
      final: [90, 70, undefined, 80],
    });
    assert.deepEqual(recorder.samples(), [{ sequence: 1n, times: { observed: 30, proposed: 52, final: 90 } }]);
  });

  it("tells a round's age from the first request of any member, before its start or after", () => {
    const recorder = new RoundRecorder({ quorum: 3 });
    tell(recorder, 1n, { "round-started": [0], asking: [-30, -45, 2], final: [20, 30, 40, 50] });
    tell(recorder, 2n, { "round-started": [0], asking: [3, 5], final: [20, 30, 40, 50] });
    tell(recorder, 3n, { "round-started": [0], final: [20, 30, 40, 50] });
    assert.deepEqual(
      recorder.samples().map(({ age }) => age),
      [85, 37, undefined],
    );
  });

  it("does not count a round that is final at fewer than a quorum, or whose start nobody told", () => {
    const recorder = new RoundRecorder({ quorum: 3 });
    tell(recorder, 1n, { "round-started": [0], final: [90, 70] });
    tell(recorder, 2n, { final: [1, 2, 3, 4] });
    assert.deepEqual(recorder.samples(), []);
  });

  it("takes the first of two notes of one member", () => {
    const recorder = new RoundRecorder({ quorum: 1 });
    tell(recorder, 1n, { "round-started": [0], final: [5] });
    tell(recorder, 1n, { final: [9] });
    assert.equal(recorder.samples()[0]?.times.final, 5);
  });

  it("counts the rounds that were started in vain, not those still under way", () => {
    const recorder = new RoundRecorder({ quorum: 1 });
    tell(recorder, 1n, { "round-started": [0] });
    tell(recorder, 2n, { "round-started": [0], final: [9] });
    tell(recorder, 3n, { "round-started": [0] });
    assert.equal(recorder.lost(), 1);
    assert.equal(new RoundRecorder({ quorum: 1 }).lost(), 0);
  });

  it("forgets the oldest rounds of an endless run", () => {
    const recorder = new RoundRecorder({ quorum: 1 });
    for (let sequence = 0n; sequence < 5_000n; sequence++)
      tell(recorder, sequence, { "round-started": [0], final: [1] });
    const samples = recorder.samples();
    assert.ok(samples.length < 5_000 && samples.length > 1_000);
    assert.equal(samples.at(-1)?.sequence, 4_999n);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaderOf } from "../../core/consensus/permutation.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { FinalReport } from "../../core/types/final.ts";
import { omitter } from "../support/sim/adversaries/omitter.ts";
import { silentLeader } from "../support/sim/adversaries/silent-leader.ts";
import { isMessage, type Strategy } from "../support/sim/adversaries/strategy.ts";
import { SIM_TIMING } from "../support/sim/committee.ts";
import { livenessBounds } from "../support/sim/liveness.ts";
import { plainSchedule, type Schedule } from "../support/sim/schedule.ts";
import { honestObservation, SIM_START, Simulation, type SimulationOptions } from "../support/sim/simulation.ts";

// One thing at a time, to read and to debug by; simulation.test.ts mixes them all. The numbers are those of
// docs/invariants.md. Every run throws at the first event that breaks an invariant.

const MINUTE_MS = 60_000;

function simulate(
  changes: Partial<Schedule> = {},
  options: Omit<SimulationOptions, "schedule"> = {},
  ms = MINUTE_MS,
): Simulation {
  const simulation = new Simulation({ ...options, schedule: plainSchedule(changes) });
  simulation.run(ms);
  return simulation;
}

const leader = (epoch: number) => leaderOf(epoch, { n: 4, configDigest: plainSchedule().configDigest });
const newest = (finals: readonly FinalReport[] | undefined) => finals?.at(-1)?.report.sequence ?? 0n;
const slots = (finals: readonly FinalReport[]) => finals.map(({ report }) => report.sequence);

describe("protocol", () => {
  it("INV-P4 rounds finish: every DeltaRound with a quick network, at all nodes", () => {
    const { finals } = simulate();
    const rounds = Math.floor(MINUTE_MS / SIM_TIMING.deltaRound);
    for (const of of finals) assert.ok(of.length >= rounds - 1, `${of.length} finals in a minute`);
  });

  it("INV-P4 a silent leader is replaced, and comes back", () => {
    const first = leader(1);
    const simulation = simulate({ timing: { ...SIM_TIMING, rMax: 100 } }, {}, 9_000);
    simulation.nodes[first]!.stop();
    const before = simulation.finals[first]!.length;
    simulation.run(MINUTE_MS);
    const others = simulation.finals.filter((_, member) => member !== first);
    for (const finals of others) assert.ok(slotOf(newest(finals)).epoch > 1, "nobody took over");
    assert.equal(simulation.finals[first]!.length, before);
    simulation.nodes[first]!.start();
    simulation.run(30_000);
    assert.ok(simulation.finals[first]!.length >= before + 3, "the restarted node finalises again");
  });

  it("INV-P4 a member that missed an epoch change takes part again without reconnecting", () => {
    const first = leader(1);
    const laggard = (first + 1) % 4;
    // For twenty seconds the leader starts no round, and the laggard neither hears nor is heard.
    const isQuiet = (now: number) => now - SIM_START >= 5_000 && now - SIM_START <= 25_000;
    const quiet = (muted: (to: number, isStart: boolean) => boolean): Strategy => ({
      send: (hand, letter) =>
        isQuiet(hand.now()) && muted(letter.to, isMessage(letter.content, "round-start")) ? [] : [letter],
    });
    const hands = new Map<number, Strategy[]>();
    for (const member of [0, 1, 2, 3])
      hands.set(member, [
        quiet((to, isStart) => member === laggard || to === laggard || (member === first && isStart)),
      ]);
    const { finals } = simulate({ timing: { ...SIM_TIMING, rMax: 100 } }, { hands });
    const front = finals.map((of) => newest(of)).reduce((a, b) => (a > b ? a : b));
    assert.ok(slotOf(front).epoch > 1, "the epoch never changed");
    const caughtUp = newest(finals[laggard]);
    assert.equal(slotOf(caughtUp).epoch, slotOf(front).epoch);
    assert.ok(slotOf(front).round - slotOf(caughtUp).round <= 1, "the laggard still sits out");
  });

  it("INV-P4 a silent leader whose turns meet at a block's boundary costs two terms, and no more than the bound", () => {
    const boundary = [3, 7, 11, 15, 19, 23].find((epoch) => leader(epoch) === leader(epoch + 1));
    assert.ok(boundary !== undefined, "no leader has two turns in a row: look further");
    const schedule = plainSchedule({ timing: { ...SIM_TIMING, rMax: 1 } });
    const simulation = new Simulation({ schedule, hands: new Map([[leader(boundary), [silentLeader()]]]) });
    const reached = (epoch: number) => () =>
      simulation.honest.every(({ state }) => (state?.pacemaker.epoch ?? 0) >= epoch);
    assert.ok(simulation.run(10 * MINUTE_MS, reached(boundary)));
    const [began, healthy] = [simulation.now, (boundary + 2) * 2 ** 16];
    const { someMs } = livenessBounds(schedule);
    const finished = () =>
      simulation.honest.some(({ member }) => Number(newest(simulation.finals[member])) % 2 ** 48 >= healthy);
    assert.ok(simulation.run(someMs, finished), `nothing in ${someMs} ms`);
    assert.ok(simulation.now - began > 2 * SIM_TIMING.deltaProgress, "two turns were not lost: this shows nothing");
  });

  it("INV-P5 after RMax rounds the next member leads", () => {
    const { finals } = simulate();
    const epochs = new Set(slots(finals[0] ?? []).map((sequence) => slotOf(sequence).epoch));
    assert.ok(epochs.size >= 2, "the epoch never changed");
    for (const sequence of slots(finals[0] ?? [])) assert.ok(slotOf(sequence).round <= SIM_TIMING.rMax);
  });

  it("INV-P6 a feed that one observation lacks is left out, the others stay", () => {
    const { finals } = simulate(
      {},
      {
        observe(input) {
          const observation = honestObservation(input);
          const values = [observation.feeds.values[0] ?? 0n, 0n];
          return input.member === 0 ? observation : { ...observation, feeds: { mask: 0b01, values } };
        },
      },
    );
    assert.ok(finals[0]?.length);
    for (const { feeds } of finals[0]) assert.equal(feeds.mask, 0b01);
  });

  for (const { n, omitters, far } of [
    { n: 4, omitters: [3], far: [1] },
    { n: 7, omitters: [5, 6], far: [1, 2] },
  ]) {
    it(`INV-P15 members that never show a feed do not keep it out, though others answer late: ${omitters.length} of ${n}`, () => {
      const late: Strategy = { send: (_, letter) => [{ ...letter, holdMs: 5 * SIM_TIMING.deltaGrace }] };
      const hands = new Map([
        ...omitters.map((member) => [member, [omitter()]] as const),
        ...far.map((member) => [member, [late]] as const),
      ]);
      const calm = { minDelayMs: 1, maxDelayMs: 5, loss: 0, duplicates: 0, ordered: true };
      const { finals } = simulate({ n, calm, observingMs: 30 }, { hands }, 10 * MINUTE_MS);
      const all = finals.flat();
      assert.ok(all.length > n * 100, `${all.length} finals`);
      assert.deepEqual(
        all.filter(({ feeds }) => feeds.mask !== 0b11),
        [],
      );
    });
  }

  it("INV-P9 a member to which a leader proposed nothing fetches the final report from those that signed it", () => {
    const first = leader(1);
    const left = (first + 1) % 4;
    const leaveOut: Strategy = {
      send: (_, letter) => (letter.to === left && isMessage(letter.content, "proposal") ? [] : [letter]),
    };
    const simulation = simulate({}, { hands: new Map([[first, [leaveOut]]]) }, 15_000);
    const served = simulation.counter.get("finals served");
    assert.ok(served > 0, "nobody served a final report");
    const [others, itself] = [simulation.finals[(first + 2) % 4] ?? [], simulation.finals[left] ?? []];
    const missed = slots(others).filter((sequence) => sequence < newest(itself) && !slots(itself).includes(sequence));
    for (const sequence of missed)
      assert.ok(simulation.nodes[left]?.disk.finalOf(sequence), `slot ${sequence} was never recovered`);
  });

  it("INV-P10 a node that lost its disk binds itself to nothing until the epoch after those that the others tell", () => {
    const crashes = [{ member: 1, step: 30, boundary: 0.99, fate: "restart-without-disk", downMs: 50 }] as const;
    const simulation = simulate({ crashes, disturbedMs: MINUTE_MS, timing: { ...SIM_TIMING, rMax: 3 } });
    assert.equal(simulation.counter.get("crash: disk lost"), 1);
    const state = simulation.nodes[1]?.state;
    assert.ok(state !== undefined && state.pacemaker.bindsFrom > 1, "it never asked itself");
    assert.ok(!state.follower.silent, "it is silent for ever");
    assert.equal(newest(simulation.finals[1]), newest(simulation.finals[0]));
  });
});

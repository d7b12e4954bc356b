import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message } from "../../core/consensus/messages.ts";
import { leaderOf } from "../../core/consensus/permutation.ts";
import { slotOf } from "../../core/types/sequence.ts";
import type { FinalReport } from "../../core/types/final.ts";
import { simConfiguration, simContext } from "../support/sim/committee.ts";
import { honestObservation, Simulation, type SimulationOptions } from "../support/sim/simulation.ts";

// The numbers are those of docs/invariants.md.

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed + 1);
const RUN_MS = 60_000;

function simulate(seed: number, options: Partial<SimulationOptions> = {}): Simulation {
  const simulation = new Simulation({ configuration: simConfiguration(1), seed, maxDelayMs: 80, loss: 0, ...options });
  simulation.run(RUN_MS);
  return simulation;
}

/** Distinct digests per slot over all honest nodes. */
function digestsBySlot(finals: readonly (readonly FinalReport[])[]): Map<bigint, Set<string>> {
  const bySlot = new Map<bigint, Set<string>>();
  for (const { report, digest } of finals.flat())
    bySlot.set(report.sequence, (bySlot.get(report.sequence) ?? new Set()).add(digest));
  return bySlot;
}

function assertOneFinalPerSlot(finals: readonly (readonly FinalReport[])[], seed: number): void {
  for (const [sequence, digests] of digestsBySlot(finals))
    assert.equal(digests.size, 1, `seed ${seed}: slot ${sequence} has ${digests.size} final reports`);
}

function assertInRange(finals: readonly (readonly FinalReport[])[], seed: number): void {
  for (const { feeds } of finals.flat()) {
    const [price = 0n, negative = 0n] = feeds.values;
    assert.ok(
      price >= 990n && price <= 1_010n && negative >= -510n && negative <= -490n,
      `seed ${seed}: ${feeds.values.join()}`,
    );
  }
}

/** Member 3's lie: every value a thousandfold. */
const lying: SimulationOptions["observe"] = (input) => {
  const observation = honestObservation(input);
  return input.member !== 3
    ? observation
    : {
        ...observation,
        feeds: { ...observation.feeds, values: observation.feeds.values.map((value) => value * 900n) },
      };
};

describe("protocol", () => {
  it("INV-P1 at most one final report per slot, over a network that loses and reorders", () => {
    for (const seed of SEEDS) assertOneFinalPerSlot(simulate(seed, { loss: 0.1, maxDelayMs: 400 }).finals, seed);
  });

  it("INV-P1 holds against a leader that sends two proposals", () => {
    let proposals = 0;
    for (const seed of SEEDS) {
      const configuration = simConfiguration(1);
      const { crypto } = simContext(configuration, 3);
      // Member 3 equivocates when it leads: one half of the committee gets the observations in which it changed its own.
      const tamper = ({ from, to, message }: { from: number; to: number; message: Message }): Message[] => {
        if (from !== 3 || message.kind !== "proposal" || to < 1) return [message];
        proposals += 1;
        const observations = message.observations.map((entry) => {
          if (entry.observer !== 3) return entry;
          const observation = { ...entry.observation, feeds: { mask: 0b11, values: [1_009n, -491n] } };
          return { observer: 3, ...crypto.signObservation(observation) };
        });
        return [
          {
            ...message,
            observations,
            signature: crypto.signDigest(crypto.proposalDigest(message.sequence, observations)),
          },
        ];
      };
      const { finals } = simulate(seed, { configuration, tamper });
      assertOneFinalPerSlot(finals.slice(0, 3), seed);
    }
    assert.ok(proposals > 0, "the adversary never acted");
  });

  it("INV-P2 every final value lies in the honest range, with one liar of four", () => {
    for (const seed of SEEDS) {
      const { finals } = simulate(seed, { observe: lying });
      assert.ok(finals[0]?.length, `seed ${seed}: no final report`);
      assertInRange(finals.slice(0, 3), seed);
    }
  });

  it("INV-P2 fails with two liars of four: the check sees", () => {
    const twoLiars: SimulationOptions["observe"] = (input) =>
      lying({ ...input, member: input.member >= 2 ? 3 : input.member });
    const { finals } = simulate(1, { observe: twoLiars });
    assert.throws(() => assertInRange(finals, 1));
  });

  it("INV-P3 no honest node binds itself twice for a slot, though nodes crash between storing and sending", () => {
    let crashes = 0;
    for (const seed of SEEDS) {
      const simulation = simulate(seed, { crashChance: 0.01, loss: 0.05, duplicates: 0.3 });
      crashes += simulation.crashes;
      assert.deepEqual(simulation.doubleBindings, [], `seed ${seed}`);
      assertOneFinalPerSlot(simulation.finals, seed);
    }
    assert.ok(crashes > 30, `only ${crashes} crashes`);
  });

  it("INV-P4 rounds finish: every DeltaRound with a quick network, at all nodes", () => {
    const { finals } = simulate(1);
    for (const of of finals) assert.ok(of.length >= 10, `${of.length} finals in a minute`);
  });

  it("INV-P4 a silent leader is replaced, and comes back", () => {
    const simulation = new Simulation({ configuration: simConfiguration(1), seed: 5, maxDelayMs: 50, loss: 0 });
    simulation.run(9_000);
    const epochOf = (finals: readonly FinalReport[]) => slotOf(finals.at(-1)?.report.sequence ?? 0n).epoch;
    const leader = [0, 1, 2, 3].find((member) => simulation.finals[member]?.length) ?? 0;
    const before = epochOf(simulation.finals[leader] ?? []);
    for (const member of [0]) simulation.stop(member);
    simulation.run(60_000);
    const alive = simulation.finals[1] ?? [];
    assert.ok(epochOf(alive) > before);
    const missed = simulation.finals[0]?.length ?? 0;
    simulation.restart(0);
    simulation.run(30_000);
    assert.ok((simulation.finals[0]?.length ?? 0) >= missed + 3, "the restarted node finalises again");
  });

  it("INV-P4 a member that missed an epoch change takes part again without reconnecting", () => {
    const base = simConfiguration(1);
    const configuration = { ...base, timing: { ...base.timing, rMax: 100 } };
    const { configDigest } = simContext(configuration, 0);
    const leader = leaderOf(1, { n: 4, configDigest });
    const laggard = (leader + 1) % 4;
    const start = 1_700_000_000_000;
    // For twenty seconds the leader starts no round, and the laggard neither hears nor is heard.
    const tamper = ({ from, to, message, now }: { from: number; to: number; message: Message; now: number }) => {
      if (now - start < 5_000 || now - start > 25_000) return [message];
      const mute = from === leader && message.kind === "round-start";
      return mute || from === laggard || to === laggard ? [] : [message];
    };
    const { finals } = simulate(3, { configuration, tamper });
    const last = (member: number) => finals[member]?.at(-1)?.report.sequence ?? 0n;
    const newest = [0, 1, 2, 3].map(last).reduce((a, b) => (a > b ? a : b));
    assert.ok(slotOf(newest).epoch > 1, "the epoch never changed");
    assert.equal(slotOf(last(laggard)).epoch, slotOf(newest).epoch);
    assert.ok(slotOf(newest).round - slotOf(last(laggard)).round <= 1, "the laggard still sits out");
  });

  it("INV-P5 after RMax rounds the next member leads", () => {
    const { finals } = simulate(1);
    const epochs = new Set(finals[0]?.map(({ report }) => slotOf(report.sequence).epoch));
    assert.ok(epochs.size >= 2, "the epoch never changed");
  });

  it("INV-P6 a feed that one observation lacks is left out, the others stay", () => {
    const partial: SimulationOptions["observe"] = (input) => {
      const observation = honestObservation(input);
      return input.member === 0
        ? observation
        : { ...observation, feeds: { mask: 0b01, values: [observation.feeds.values[0] ?? 0n, 0n] } };
    };
    const { finals } = simulate(1, { observe: partial });
    assert.ok(finals[0]?.length);
    for (const { feeds } of finals[0]) assert.equal(feeds.mask, 0b01);
  });
});

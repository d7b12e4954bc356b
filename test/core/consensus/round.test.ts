import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finaliseIfSigned, onSignature, startFinalisation } from "../../../core/consensus/finalisation.ts";
import {
  type FollowerState,
  MAX_SLOTS_PER_MEMBER,
  onObserved,
  onPrepare,
  onRoundStart,
  startFollower,
} from "../../../core/consensus/follower.ts";
import {
  type LeaderState,
  leaderWakeAt,
  onLeaderTick,
  onObservation,
  openSlot,
  startLeader,
} from "../../../core/consensus/leader.ts";
import { type Bindings, FRESH_RECORD } from "../../../core/consensus/memory.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import { startOracle } from "../../../core/consensus/oracle-state.ts";
import { stepOracle } from "../../../core/consensus/oracle.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Effect, ProtocolContext } from "../../../core/consensus/protocol.ts";
import { observationQuorum, prepareQuorum, signatureQuorum } from "../../../core/consensus/quorum.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { Observation } from "../../../core/types/observation.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const contexts = simContexts(simConfiguration({ n: 4, f: 1 }));
const LEADER = leaderOf(1, { n: 4, configDigest: contexts[0]!.configDigest });
const [SECOND, THIRD] = [0, 1, 2, 3].filter((member) => member !== LEADER) as [number, number];
const leading = contexts[LEADER]!;
const slot = (round: number, epoch = 1) => sequenceOf({ configIndex: 1, epoch, round });
const NONE: Bindings = { observed: 0n, proposed: 0n, prepared: 0n, signed: 0n };
const FIRST = { epoch: 1, lastRound: 0, silent: false, now: 0 };
const DIGEST: Hex = `0x${"d1".repeat(32)}`;

const observation = (sequence: bigint, mask = 0b11): Observation => ({
  ...{ sequence, timestamp: 1_700_000_000, inputsDigest: `0x${"00".repeat(32)}`, fuel: 1n },
  feeds: { mask, values: [mask & 1 ? 10n : 0n, mask & 2 ? 20n : 0n] },
});

function collect(state: LeaderState, members: readonly number[], { mask = 0b11, now = 10 } = {}) {
  const effects: Effect[] = [];
  for (const from of members) {
    const signed = contexts[from]!.crypto.signObservation(observation(slot(state.round), mask));
    const step = onObservation(leading, state, { from, message: { kind: "observation", ...signed }, now });
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const proposals = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.type === "broadcast" && effect.message.kind === "proposal" ? [effect.message] : [],
  );

describe("quorums", () => {
  it("two Prepare quorums share an honest node, and the honest nodes alone reach one", () => {
    for (let f = 0; f <= 10; f++) {
      for (let n = 3 * f + 1; n <= 31; n++) {
        const q = prepareQuorum({ n, f });
        assert.ok(2 * q - n > f, `n ${n}, f ${f}: two quorums of ${q} may share faulty nodes alone`);
        assert.ok(q <= n - f, `n ${n}, f ${f}: ${q} needs faulty nodes`);
        assert.ok(observationQuorum({ n, f }) <= n - f && signatureQuorum({ n, f }) <= n - f);
      }
    }
  });
});

describe("leader", () => {
  const started = () => onLeaderTick(leading, startLeader(leading, FIRST, 0), 0).state;

  it("starts a round at once and then every DeltaRound, RMax of them", () => {
    let state = startLeader(leading, FIRST, 0);
    const rounds: bigint[] = [];
    for (let now = 0; leaderWakeAt(leading, state) !== Infinity; now = leaderWakeAt(leading, state)) {
      const step = onLeaderTick(leading, state, now);
      state = step.state;
      const message = step.effects.find((effect) => effect.type === "broadcast")?.message;
      assert.ok(message?.kind === "round-start");
      rounds.push(message.sequence);
      assert.equal(now, (rounds.length - 1) * leading.timing.deltaRound);
    }
    assert.deepEqual(
      rounds,
      [1, 2, 3, 4, 5].map((round) => slot(round)),
    );
  });

  it("waits DeltaGrace after 2f+1 observations, and then proposes exactly 2f+1 of them", () => {
    const { state, effects } = collect(started(), [3, 1, 0], { now: 10 });
    assert.deepEqual(effects, []);
    assert.equal(leaderWakeAt(leading, state), 10 + leading.timing.deltaGrace);
    assert.deepEqual(onLeaderTick(leading, state, 10 + leading.timing.deltaGrace - 1).effects, []);
    const step = onLeaderTick(leading, state, 10 + leading.timing.deltaGrace);
    assert.deepEqual(
      step.effects.map(({ type }) => type),
      ["persist-message", "broadcast"],
    );
    assert.deepEqual(
      proposals(step.effects)[0]?.observations.map(({ observer }) => observer),
      [0, 1, 3],
    );
    assert.equal(openSlot(leading, step.state), undefined);
  });

  it("does not wait once all have answered", () => {
    assert.equal(proposals(collect(started(), [0, 1, 2, 3]).effects).length, 1);
  });

  it("waits for more while no report can be made, and proposes as soon as one can", () => {
    const disjoint = collect(collect(started(), [0], { mask: 0b01 }).state, [1, 2], { mask: 0b10 });
    const step = onLeaderTick(leading, disjoint.state, 1_000);
    assert.deepEqual(step.effects, []);
    assert.equal(openSlot(leading, step.state), slot(1));
    const [proposal] = proposals(collect(step.state, [3], { mask: 0b10, now: 1_500 }).effects);
    assert.deepEqual(
      proposal?.observations.map(({ observer }) => observer),
      [1, 2, 3],
    );
  });

  describe("whose choice would leave out a feed that more than f members observed", () => {
    const { deltaGrace, deltaRound } = leading.timing;
    const [absent, omitter] = [1, 3];
    const others = [0, 2];
    /** All but one have answered, one of them without the second feed, and DeltaGrace is over. */
    const waiting = (now = 10) => {
      const { state } = collect(collect(started(), [omitter], { mask: 0b01, now }).state, others, { now });
      return onLeaderTick(leading, state, now + deltaGrace);
    };

    it("waits on, and proposes as soon as the one comes that brings it in", () => {
      const { state, effects } = waiting();
      assert.deepEqual(effects, []);
      const [proposal] = proposals(collect(state, [absent], { now: 500 }).effects);
      assert.deepEqual(
        proposal?.observations.map(({ observer }) => observer),
        [0, 1, 2],
      );
    });

    it("waits a quarter of DeltaRound after the grace at most", () => {
      const { state } = waiting();
      const end = 10 + deltaGrace + deltaRound / 4;
      assert.equal(leaderWakeAt(leading, state), end);
      assert.deepEqual(onLeaderTick(leading, state, end - 1).effects, []);
      assert.equal(proposals(onLeaderTick(leading, state, end).effects).length, 1);
    });

    it("never waits beyond the middle of the round", () => {
      const early = waiting(deltaRound / 2 - deltaGrace - 1);
      assert.deepEqual(early.effects, []);
      assert.equal(leaderWakeAt(leading, early.state), deltaRound / 2);
      assert.equal(proposals(waiting(deltaRound / 2 - deltaGrace).effects).length, 1);
    });

    it("does not wait for a feed that f members alone show: they may have made it up", () => {
      const { state } = collect(collect(started(), [omitter]).state, others, { mask: 0b01 });
      assert.equal(proposals(onLeaderTick(leading, state, 10 + deltaGrace).effects).length, 1);
    });

    it("begins the next round without what the last one waited for", () => {
      const { state } = waiting();
      const next = onLeaderTick(leading, state, deltaRound).state;
      assert.equal(openSlot(leading, next), slot(2));
      assert.equal(leaderWakeAt(leading, next), 2 * deltaRound);
    });

    it("does not wait for those that nothing more depends on", () => {
      const seven = simContexts(simConfiguration({ n: 7, f: 2 }));
      const leader = seven[leaderOf(1, { n: 7, configDigest: seven[0]!.configDigest })]!;
      const hear = (state: LeaderState, [from, mask, now]: readonly [number, number, number]) => {
        const signed = seven[from]!.crypto.signObservation(observation(slot(1), mask));
        return onObservation(leader, state, { from, message: { kind: "observation", ...signed }, now });
      };
      const first = [0b01, 0b11, 0b11, 0b11, 0b11].map((mask, from) => [from, mask, 10] as const);
      const round = onLeaderTick(leader, startLeader(leader, FIRST, 0), 0).state;
      const { state } = onLeaderTick(
        leader,
        first.reduce((collected, answer) => hear(collected, answer).state, round),
        10 + deltaGrace,
      );
      const [proposal] = proposals(hear(state, [5, 0b11, 300]).effects);
      assert.deepEqual(
        proposal?.observations.map(({ observer }) => observer),
        [1, 2, 3, 4, 5],
      );
    });
  });

  it("gives an unfinished round up when the next one is due", () => {
    const { state } = collect(started(), [0, 1]);
    const step = onLeaderTick(leading, state, leading.timing.deltaRound);
    assert.equal(openSlot(leading, step.state), slot(2));
  });
});

describe("follower", () => {
  const follower = (state: Partial<FollowerState> = {}) => ({
    ...startFollower(leading, { epoch: 1, silent: false, bindings: NONE }),
    ...state,
  });

  it("observes once, sends what it observed to the leader, and drops late answers", () => {
    const asked = onRoundStart(leading, follower(), {
      from: LEADER,
      message: { kind: "round-start", sequence: slot(2) },
      now: 0,
    });
    const answered = onObserved(leading, asked.state, observation(slot(2)));
    assert.deepEqual(
      answered.effects.map(({ type }) => type),
      ["persist-message", "stage", "send"],
    );
    const [, , send] = answered.effects;
    assert.ok(send?.type === "send" && send.to === LEADER);
    assert.deepEqual(onObserved(leading, answered.state, observation(slot(2))).effects, [], "a second answer");
    assert.deepEqual(onObserved(leading, asked.state, observation(slot(1))).effects, [], "an older slot");
    assert.deepEqual(onObserved(leading, { ...asked.state, epoch: 2 }, observation(slot(2))).effects, [], "epoch over");
  });

  const report = {
    ...{ configDigest: leading.configDigest, sequence: slot(1), observedAt: 1, feedsRoot: DIGEST, valuesHash: DIGEST },
  };
  const digest = leading.crypto.reportDigest(report);
  const proposal = { sequence: slot(1), digest, observations: [], feeds: { mask: 1, values: [1n, 0n] }, report };
  const prepareOf = (round: number, prepared = digest) => ({
    ...{ kind: "prepare" as const, sequence: slot(round), digest: prepared },
    ...{ observationsHash: DIGEST, proposalSignature: `0x${"00".repeat(64)}` as const },
  });

  function prepare(members: readonly number[], prepared = digest, state = follower({ proposals: [proposal] })) {
    let last = { state, effects: [] as readonly Effect[] };
    for (const from of members) last = onPrepare(leading, last.state, { from, message: prepareOf(1, prepared) });
    return last;
  }

  it("signs after Q matching Prepares, its own among them, and never before", () => {
    assert.deepEqual(prepare([LEADER, SECOND]).effects, []);
    const { effects } = prepare([LEADER, SECOND, THIRD]);
    assert.deepEqual(
      effects.map(({ type }) => type),
      ["stage", "persist-message", "stage", "broadcast"],
    );
    const others = [0, 1, 2, 3].filter((member) => member !== LEADER);
    assert.deepEqual(prepare(others).effects, [], "three others, but not this node itself");
    assert.deepEqual(prepare([LEADER, SECOND, THIRD], `0x${"d2".repeat(32)}`).effects, [], "another digest");
    assert.deepEqual(prepare([LEADER, SECOND, THIRD], digest, follower()).effects, [], "no proposal");
  });

  it("never signs twice for a slot, nor for an epoch that is over", () => {
    const signed = follower({ proposals: [proposal], bindings: { ...NONE, signed: slot(1) } });
    assert.deepEqual(prepare([LEADER, SECOND, THIRD], digest, signed).effects, []);
    assert.deepEqual(
      prepare([LEADER, SECOND, THIRD], digest, follower({ proposals: [proposal], epoch: 2 })).effects,
      [],
    );
  });

  it("binds itself in nothing while it is silent, and still collects what makes a report final", () => {
    const silent = follower({ silent: true });
    const start = { from: LEADER, message: { kind: "round-start", sequence: slot(2) }, now: 0 } as const;
    const asked = onRoundStart(leading, silent, start);
    assert.deepEqual(asked.effects, []);
    assert.deepEqual(onObserved(leading, asked.state, observation(slot(2))).effects, []);
    const voted = prepare([LEADER, SECOND, THIRD], digest, follower({ silent: true, proposals: [proposal] }));
    assert.deepEqual(voted.effects, []);
    const leader = startLeader(leading, { ...FIRST, silent: true }, 0);
    assert.deepEqual(onLeaderTick(leading, leader, 10_000).effects, []);
  });

  it("keeps a bounded number of votes per member", () => {
    let state = follower();
    for (let round = 1; round <= 50; round++)
      state = onPrepare(leading, state, { from: SECOND, message: prepareOf(round) }).state;
    assert.equal(state.prepares[SECOND]?.length, MAX_SLOTS_PER_MEMBER);
    assert.equal(state.prepares[THIRD]?.length, 0);
  });

  const signed = (from: number, by = from) => ({
    from,
    message: { report, signature: contexts[by]!.crypto.signDigest(digest) },
  });
  const types = (effects: readonly Effect[]) => effects.map(({ type }) => type);

  it("makes a report final with f+1 signatures, once", () => {
    let state = startFinalisation(leading, undefined);
    for (const from of [THIRD, SECOND]) {
      assert.deepEqual(finaliseIfSigned(leading, state, proposal).effects, []);
      state = onSignature(leading, state, signed(from)).state;
    }
    const { state: finalised, effects } = finaliseIfSigned(leading, state, proposal);
    assert.deepEqual(types(effects), ["persist-final", "stage", "final"]);
    assert.deepEqual(
      finalised.last?.signatures.map(({ signer }) => signer),
      [SECOND, THIRD].toSorted((a, b) => a - b),
    );
    assert.deepEqual(finaliseIfSigned(leading, finalised, proposal).effects, []);
  });

  it("counts no forged signature, blames who showed it, and takes another's instead", () => {
    let state = startFinalisation(leading, undefined);
    const [first, ...rest] = [0, 1, 2, 3].filter((member) => member !== LEADER) as [number, number, number];
    state = onSignature(leading, state, signed(first, LEADER)).state;
    state = onSignature(leading, state, signed(rest[0])).state;
    const refused = finaliseIfSigned(leading, state, proposal);
    assert.deepEqual(refused.effects, [
      { type: "verdict", from: first, kind: "signature", verdict: { kind: "reject", code: "bad-signature" } },
    ]);
    state = onSignature(leading, refused.state, signed(rest[1])).state;
    const { state: finalised } = finaliseIfSigned(leading, state, proposal);
    assert.deepEqual(
      finalised.last?.signatures.map(({ signer }) => signer),
      rest,
    );
  });

  it("verifies no more signatures than a final report needs", () => {
    let verified = 0;
    const counting: ProtocolContext = {
      ...leading,
      crypto: {
        ...leading.crypto,
        verifyDigest(signer, signedDigest, signature) {
          verified += 1;
          return leading.crypto.verifyDigest(signer, signedDigest, signature);
        },
      },
    };
    let state = startFinalisation(counting, undefined);
    for (const from of [0, 1, 2, 3]) {
      state = onSignature(counting, state, signed(from)).state;
      state = finaliseIfSigned(counting, state, proposal).state;
    }
    assert.ok(state.last !== undefined && verified <= 2, `${verified} verifications`);
  });
});

describe("oracle", () => {
  const messagesTo = (ctx: ProtocolContext, record = FRESH_RECORD): Message[] => {
    const started = stepOracle(ctx, startOracle(ctx, record, 0), { event: { type: "started" }, now: 0 });
    const { effects } = stepOracle(ctx, started.state, { event: { type: "connected", peer: SECOND }, now: 0 });
    return effects.flatMap((effect) => (effect.type === "send" && effect.to === SECOND ? [effect.message] : []));
  };

  it("greets a peer with its wish, and as leader with the open round", () => {
    assert.deepEqual(messagesTo(leading), [
      { kind: "new-epoch", epoch: 1, current: 1 },
      { kind: "round-start", sequence: slot(1) },
    ]);
    assert.deepEqual(messagesTo(contexts[THIRD]!), [{ kind: "new-epoch", epoch: 1, current: 1 }]);
  });

  it("starts after a restart with a round that it has not bound itself for", () => {
    const record = {
      ...FRESH_RECORD,
      bindings: { observed: slot(3), proposed: 0n, prepared: slot(2), signed: slot(2) },
    };
    assert.deepEqual(messagesTo(leading, record).at(-1), { kind: "round-start", sequence: slot(4) });
    const newEpoch = { ...record, epoch: { epoch: 5, wish: 5, bindsFrom: 1 } };
    const leaderOfFive = contexts[leaderOf(5, { n: 4, configDigest: leading.configDigest })]!;
    assert.deepEqual(
      stepOracle(leaderOfFive, startOracle(leaderOfFive, newEpoch, 0), {
        event: { type: "started" },
        now: 0,
      }).effects.find(({ type }) => type === "broadcast"),
      { type: "broadcast", message: { kind: "round-start", sequence: slot(1, 5) } },
    );
  });

  it("asks its own fetchers for the round that it starts, and never sends to itself", () => {
    const { effects } = stepOracle(leading, startOracle(leading, FRESH_RECORD, 0), {
      event: { type: "started" },
      now: 0,
    });
    assert.deepEqual(
      effects.map(({ type }) => type),
      ["stage", "broadcast", "stage", "observe"],
    );
    const observed = stepOracle(
      leading,
      stepOracle(leading, startOracle(leading, FRESH_RECORD, 0), { event: { type: "started" }, now: 0 }).state,
      {
        event: { type: "observed", observation: observation(slot(1)) },
        now: 5,
      },
    );
    assert.ok(observed.effects.every((effect) => effect.type !== "send"));
  });

  it("hands what the chain wants to the leader", () => {
    const { state, effects } = stepOracle(leading, startOracle(leading, FRESH_RECORD, 0), {
      event: { type: "due", mask: 0b10 },
      now: 0,
    });
    assert.deepEqual([state.leader.due, effects], [0b10, []]);
  });
});

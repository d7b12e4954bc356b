import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CatchUpState,
  catchUpWakeAt,
  isWanted,
  MAX_WANTED,
  onAgreed,
  onCatchUpTick,
  onFinalRequest,
  onHeld,
  onHolderBack,
  onMissing,
  startCatchUp,
} from "../../../core/consensus/catch-up.ts";
import { startOracle } from "../../../core/consensus/oracle-state.ts";
import { stepOracle } from "../../../core/consensus/oracle.ts";
import { FRESH_RECORD } from "../../../core/consensus/memory.ts";
import type { Effect, ProtocolEvent } from "../../../core/consensus/protocol.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const contexts = simContexts(simConfiguration({ n: 4, f: 1 }));
const ctx = contexts[0]!;
const { deltaResend } = ctx.timing;
const digest = (number: number): Hex => `0x${number.toString(16).padStart(64, "0")}`;
const slot = (round: number) => sequenceOf({ configIndex: 1, epoch: 1, round });
const missing = (state: CatchUpState, number: number, now = 0) =>
  onMissing(ctx, state, { sequence: slot(number), digest: digest(number), now });
const asked = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.type === "send" ? [effect.to] : []));

/** Whom it asks, tick by tick, for so long. */
function run(state: CatchUpState, until: number): { to: readonly number[]; state: CatchUpState } {
  const to: number[] = [];
  for (let now = catchUpWakeAt(state); now <= until; now = catchUpWakeAt(state)) {
    const step = onCatchUpTick(ctx, state, now);
    assert.notEqual(step.state, state, "a tick that was asked for does something");
    to.push(...asked(step.effects));
    state = step.state;
  }
  return { to, state };
}

describe("catching up", () => {
  it("asks each member in turn, twice, and then rests", () => {
    const { to, state } = run(missing(startCatchUp(ctx), 1), 100 * deltaResend);
    assert.deepEqual(to, [1, 2, 3, 1, 2, 3]);
    assert.equal(catchUpWakeAt(state), Infinity);
    assert.deepEqual(run(missing(state, 1, 0), 100 * deltaResend).to, to, "being told again begins again");
  });

  it("asks a member that comes back, once, and what is new before it", () => {
    const rested = run(missing(startCatchUp(ctx), 1), 100 * deltaResend).state;
    const back = 200 * deltaResend;
    const state = onHolderBack(rested, { peer: 3, now: back });
    assert.deepEqual(run(state, back + 100 * deltaResend).to, [3]);
    const { effects } = onCatchUpTick(ctx, missing(state, 2, back), back);
    assert.deepEqual(
      effects.map((effect) => effect.type === "send" && effect.message),
      [{ kind: "final-request", sequence: slot(2), digest: digest(2) }],
    );
    assert.deepEqual(onHolderBack(rested, { peer: 0, now: back }), rested, "it holds nothing that it lacks itself");
    const asking = missing(startCatchUp(ctx), 1);
    assert.deepEqual(onHolderBack(asking, { peer: 3, now: back }), asking, "what is being asked for goes on");
  });

  it("gives what rests up first, for what is newly wanted", () => {
    let state = run(missing(startCatchUp(ctx), 1), 100 * deltaResend).state;
    for (let number = 2; number <= 1 + MAX_WANTED; number++) state = missing(state, number, 100 * deltaResend);
    assert.equal(state.wanted.length, MAX_WANTED);
    assert.equal(isWanted(state, { sequence: slot(1), digest: digest(1) }), false);
    assert.equal(isWanted(state, { sequence: slot(2), digest: digest(2) }), true);
  });

  it("asks those that signed, after the time in which a proposal may still come", () => {
    const agreed = onAgreed(ctx, startCatchUp(ctx), { sequence: slot(1), digest: digest(1), holders: [3, 2], now: 0 });
    assert.equal(catchUpWakeAt(agreed), deltaResend / 2);
    assert.deepEqual(run(agreed, deltaResend).to, [3]);
  });

  it("sends one request at a time, for few reports, no faster than they are answered", () => {
    let state = startCatchUp(ctx);
    for (let number = 1; number <= 50; number++) state = missing(state, number);
    assert.equal(state.wanted.length, MAX_WANTED);
    const { to } = run(state, deltaResend);
    assert.equal(to.length, 5, "at 0, ¼, ½, ¾ and 1 DeltaResend");
    let server = startCatchUp(ctx);
    for (let now = 0; now <= deltaResend; now += deltaResend / 4) {
      const message = { kind: "final-request", sequence: slot(1), digest: digest(1) } as const;
      const step = onFinalRequest(ctx, server, { from: 1, message, now });
      assert.equal(step.effects[0]?.type, "serve-final");
      server = step.state;
    }
  });

  it("wants nothing twice, and nothing any more that it holds", () => {
    const state = missing(missing(startCatchUp(ctx), 1), 1);
    assert.equal(state.wanted.length, 1);
    assert.equal(isWanted(state, { sequence: slot(1), digest: digest(1) }), true);
    assert.equal(isWanted(state, { sequence: slot(1), digest: digest(2) }), false);
    assert.deepEqual(onHeld(state, { digest: digest(1) }).wanted, []);
  });
});

describe("a node that misses reports", () => {
  const final = (round: number) => finalIn(1, round);

  function finalIn(epoch: number, round: number): FinalReport {
    const sequence = sequenceOf({ configIndex: 1, epoch, round });
    const observations = [0, 1, 2].map((member) => {
      const feeds = { mask: 0b11, values: [1_000n + BigInt(member), 1n] };
      const inputsDigest: Hex = `0x${"00".repeat(32)}`;
      const observation = { sequence, feeds, timestamp: 1_700_000_000, inputsDigest, fuel: 1n };
      return { observer: member, ...contexts[member]!.crypto.signObservation(observation) };
    });
    const outcome = ctx.plugin.report(sequence, observations);
    assert.ok(outcome.kind === "report");
    const signatures = [1, 2].map((signer) => ({
      signer,
      signature: contexts[signer]!.crypto.signDigest(outcome.digest),
    }));
    return { report: outcome.report, digest: outcome.digest, feeds: outcome.feeds, observations, signatures };
  }

  function perform(events: readonly { event: ProtocolEvent; now: number }[]) {
    let state = startOracle(ctx, FRESH_RECORD, 0);
    let effects: readonly Effect[] = [];
    for (const input of events) ({ state, effects } = stepOracle(ctx, state, input));
    return { state, effects };
  }
  const shown = (round: number, from = 1): ProtocolEvent => ({
    type: "message",
    from,
    message: { kind: "final", final: final(round) },
  });
  const lacking = (round: number): ProtocolEvent => ({
    type: "missing",
    sequence: slot(round),
    digest: final(round).digest,
  });
  const types = (effects: readonly Effect[]) => effects.map(({ type }) => type);

  it("takes an older one that it asked for, and not one that it did not", () => {
    const unasked = perform([
      { event: shown(5), now: 1 },
      { event: shown(3), now: 2 },
    ]);
    assert.deepEqual(types(unasked.effects), ["verdict"]);
    const recovered = perform([
      { event: shown(5), now: 1 },
      { event: lacking(3), now: 2 },
      { event: shown(3), now: 3 },
    ]);
    assert.deepEqual(types(recovered.effects), ["persist-final", "recovered"]);
    assert.equal(recovered.state.finalisation.last?.report.sequence, slot(5), "the newest stays the newest");
    assert.deepEqual(recovered.state.catchUp.wanted, []);
  });

  it("believes no more of it than of any other", () => {
    const honest = final(3);
    const forged = { ...honest, feeds: { ...honest.feeds, values: [7n, 1n] } };
    const { effects } = perform([
      { event: shown(5), now: 1 },
      { event: lacking(3), now: 2 },
      { event: { type: "message", from: 1, message: { kind: "final", final: forged } }, now: 3 },
    ]);
    assert.deepEqual(types(effects), ["verdict"]);
  });

  it("is not kept in its epoch by final reports of a later one", () => {
    const { deltaProgress } = ctx.timing;
    const later = (round: number): FinalReport => finalIn(2, round);
    let state = startOracle(ctx, FRESH_RECORD, 0);
    const wishes: number[] = [];
    for (let now = 0, round = 1; now <= 2 * deltaProgress; now += deltaProgress / 4, round++) {
      for (const event of [
        { type: "message", from: 1, message: { kind: "final", final: later(round) } },
        { type: "tick" },
      ] as const) {
        const step = stepOracle(ctx, state, { event, now });
        state = step.state;
        for (const effect of step.effects)
          if (effect.type === "broadcast" && effect.message.kind === "new-epoch") wishes.push(effect.message.epoch);
      }
    }
    assert.equal(wishes[0], 2, "it says that it wants to go on, and is told how far the others are");
  });

  it("asks for one that f+1 members sign and whose proposal never came", () => {
    const { report, signatures } = final(1);
    const events = signatures.map(({ signer, signature }, now) => ({
      event: { type: "message", from: signer, message: { kind: "signature", report, signature } } as const,
      now,
    }));
    const { effects } = perform([...events, { event: { type: "tick" }, now: deltaResend }]);
    assert.deepEqual(
      effects.filter(({ type }) => type === "send"),
      [{ type: "send", to: 1, message: { kind: "final-request", sequence: slot(1), digest: final(1).digest } }],
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FRESH_RECORD } from "../../../core/consensus/memory.ts";
import { type OracleState, startOracle } from "../../../core/consensus/oracle-state.ts";
import { stepOracle } from "../../../core/consensus/oracle.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import type { Effect } from "../../../core/consensus/protocol.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const contexts = simContexts(simConfiguration({ n: 4, f: 1 }));
const leaderIn = (epoch: number) => leaderOf(epoch, { n: 4, configDigest: contexts[0]!.configDigest });
const LEADER = leaderIn(2);
const SELF = [0, 1, 2, 3].find((member) => member !== LEADER && member !== leaderIn(1))!;
const ctx = contexts[SELF]!;
const others = [0, 1, 2, 3].filter((member) => member !== SELF);
const roundStart = (epoch: number, round = 1): Message => ({
  kind: "round-start",
  sequence: sequenceOf({ configIndex: 1, epoch, round }),
});

function hear(state: OracleState, heard: readonly (readonly [from: number, message: Message])[]) {
  const effects: Effect[] = [];
  for (const [from, message] of heard) {
    const step = stepOracle(ctx, state, { event: { type: "message", from, message }, now: 10 });
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const wish = (from: number, epoch: number) => [from, { kind: "new-epoch", epoch, current: epoch }] as const;
const enterTwo = others.slice(0, 2).map((member) => wish(member, 2));
const observes = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "observe" ? [effect.sequence] : []));

describe("what a leader says before this node has entered its epoch", () => {
  it("is heard when it enters", () => {
    const early = hear(startOracle(ctx, FRESH_RECORD, 0), [[LEADER, roundStart(2)]]);
    assert.deepEqual(observes(early.effects), []);
    const { state, effects } = hear(early.state, enterTwo);
    assert.equal(state.pacemaker.epoch, 2);
    assert.deepEqual(observes(effects), [sequenceOf({ configIndex: 1, epoch: 2, round: 1 })]);
    assert.deepEqual(state.early.byMember, [{}, {}, {}, {}], "it is kept no longer");
  });

  it("counts from that leader alone", () => {
    const early = hear(startOracle(ctx, FRESH_RECORD, 0), [[leaderIn(1), roundStart(2)]]);
    assert.deepEqual(observes(hear(early.state, enterTwo).effects), []);
  });

  it("is the newest of each kind: a member has one place", () => {
    const laterEpoch = 200 + [0, 1, 2, 3].find((d) => leaderIn(200 + d) === LEADER)!;
    const early = hear(startOracle(ctx, FRESH_RECORD, 0), [
      [LEADER, roundStart(2, 1)],
      [LEADER, roundStart(2, 2)],
      [LEADER, roundStart(laterEpoch)],
    ]);
    assert.deepEqual(early.state.early.byMember[LEADER], { roundStart: roundStart(laterEpoch) });
    const { state } = hear(early.state, enterTwo);
    assert.deepEqual(state.early.byMember[LEADER], { roundStart: roundStart(laterEpoch) }, "and stays until then");
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  onPacemakerTick,
  onProgress,
  onRoundsExhausted,
  onWish,
  type PacemakerState,
  pacemakerWakeAt,
  startPacemaker,
} from "../../../core/consensus/pacemaker.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Effect } from "../../../core/consensus/protocol.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const ctx = simContexts(simConfiguration({ n: 4, f: 1 }))[0]!; // This node is member 0.
const { deltaProgress, deltaResend } = ctx.timing;
const fresh = (epoch = 1, wish = epoch) => startPacemaker(ctx, { epoch, wish, bindsFrom: 1 }, 0);

function hear(state: PacemakerState, wishes: readonly (readonly [from: number, epoch: number])[]) {
  const effects: Effect[] = [];
  for (const [from, epoch] of wishes) {
    const step = onWish(ctx, state, { from, epoch, current: state.epoch, now: 100 });
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const entering = (epoch: number): Effect => ({
  type: "epoch",
  epoch,
  leader: leaderOf(epoch, { n: 4, configDigest: ctx.configDigest }),
});

describe("pacemaker wishes", () => {
  // Member 0 is this node: it wishes as it amplifies. More than f = 1 wishes amplify, more than 2f = 2 enter.
  for (const [name, wishes, epoch, wish] of [
    ["one wish moves nobody", [[1, 2]], 1, 1],
    [
      "one member's many wishes move nobody",
      [
        [1, 2],
        [1, 9],
        [1, 4_294_967_295],
      ],
      1,
      1,
    ],
    [
      "two wishes make this node wish, and three are enough to enter",
      [
        [1, 2],
        [2, 2],
      ],
      2,
      2,
    ],
    [
      "the second highest wish counts",
      [
        [1, 9],
        [2, 5],
      ],
      5,
      5,
    ],
    [
      "a higher third wish moves on",
      [
        [1, 9],
        [2, 5],
        [3, 7],
      ],
      7,
      7,
    ],
    [
      "a fourth wish makes all agree",
      [
        [1, 9],
        [2, 9],
        [3, 9],
      ],
      9,
      9,
    ],
    [
      "a lower wish takes nothing back",
      [
        [1, 5],
        [2, 5],
        [1, 1],
        [2, 1],
      ],
      5,
      5,
    ],
  ] as const) {
    it(name, () => {
      const { state } = hear(fresh(), wishes);
      assert.deepEqual([state.epoch, state.wish], [epoch, wish]);
    });
  }

  it("stores what it wishes and where it is before anything else, then tells all", () => {
    const { effects } = hear(fresh(), [
      [1, 3],
      [2, 3],
    ]);
    assert.deepEqual(effects, [
      { type: "persist-epoch", record: { epoch: 1, wish: 3, bindsFrom: 1 } },
      { type: "broadcast", message: { kind: "new-epoch", epoch: 3, current: 1 } },
      { type: "persist-epoch", record: { epoch: 3, wish: 3, bindsFrom: 1 } },
      entering(3),
    ]);
  });

  it("tells a member that lags behind, and nobody else, how far it is", () => {
    const { state } = hear(fresh(), [
      [1, 5],
      [2, 5],
    ]);
    const answerTo = (from: number, current: number) =>
      onWish(ctx, state, { from, epoch: 5, current, now: 200 }).effects;
    const answer: Effect = { type: "send", to: 3, message: { kind: "new-epoch", epoch: 5, current: 5 } };
    assert.deepEqual(answerTo(3, 4), [answer], "it wishes for our epoch, and has not got there");
    assert.deepEqual(answerTo(3, 5), [], "it is as far as we are: answers would answer each other");
    assert.deepEqual(answerTo(3, 6), []);
    assert.deepEqual(answerTo(0, 2), [], "this node itself");
  });

  it("a greater committee needs more: f = 2 amplifies at three, enters at five", () => {
    const wide = simContexts(simConfiguration({ n: 7, f: 2 }))[6]!;
    let state = startPacemaker(wide, { epoch: 1, wish: 1, bindsFrom: 1 }, 0);
    const epochs = [0, 1, 2, 3, 4].map((from) => {
      state = onWish(wide, state, { from, epoch: 2, current: 1, now: 0 }).state;
      return [state.wish, state.epoch];
    });
    // The third wish makes this node the fourth, the fourth of the others is the fifth.
    assert.deepEqual(epochs, [
      [1, 1],
      [1, 1],
      [2, 1],
      [2, 2],
      [2, 2],
    ]);
  });
});

describe("pacemaker timers", () => {
  it("wishes for the next epoch when no report came within DeltaProgress, and repeats it every DeltaResend", () => {
    let state = fresh();
    assert.equal(pacemakerWakeAt(state), deltaProgress);
    assert.deepEqual(onPacemakerTick(ctx, state, deltaProgress - 1).effects, []);
    const wished = onPacemakerTick(ctx, state, deltaProgress);
    assert.deepEqual(wished.effects, [
      { type: "persist-epoch", record: { epoch: 1, wish: 2, bindsFrom: 1 } },
      { type: "broadcast", message: { kind: "new-epoch", epoch: 2, current: 1 } },
    ]);
    state = wished.state;
    assert.equal(pacemakerWakeAt(state), deltaProgress + deltaResend);
    assert.deepEqual(onPacemakerTick(ctx, state, deltaProgress + deltaResend - 1).effects, []);
    const again = onPacemakerTick(ctx, state, deltaProgress + deltaResend);
    assert.deepEqual(again.effects, [{ type: "broadcast", message: { kind: "new-epoch", epoch: 2, current: 1 } }]);
    assert.equal(pacemakerWakeAt(again.state), deltaProgress + 2 * deltaResend);
  });

  it("waits on while reports come", () => {
    const state = onProgress(ctx, fresh(), 5_000);
    assert.equal(pacemakerWakeAt(state), 5_000 + deltaProgress);
    assert.deepEqual(onPacemakerTick(ctx, state, deltaProgress).effects, []);
  });

  it("gives a new epoch its whole DeltaProgress", () => {
    const { state } = hear(fresh(), [
      [1, 2],
      [2, 2],
    ]);
    assert.equal(pacemakerWakeAt(state), 100 + deltaProgress);
  });

  it("wishes once after RMax rounds", () => {
    const step = onRoundsExhausted(ctx, fresh(), 10);
    assert.deepEqual([step.state.wish, step.effects.length], [2, 2]);
    assert.deepEqual(onRoundsExhausted(ctx, step.state, 20).effects, []);
  });

  it("takes up epoch and wish after a restart, and repeats the wish", () => {
    const state = fresh(4, 6);
    assert.equal(pacemakerWakeAt(state), deltaResend);
    assert.deepEqual(onPacemakerTick(ctx, state, deltaResend).effects, [
      { type: "broadcast", message: { kind: "new-epoch", epoch: 6, current: 4 } },
    ]);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FRESH_RECORD, memoryOf } from "../../../core/consensus/memory.ts";
import { startOracle } from "../../../core/consensus/oracle-state.ts";
import { stepOracle } from "../../../core/consensus/oracle.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Effect } from "../../../core/consensus/protocol.ts";
import type { StoredProtocol } from "../../../core/ports/protocol-store.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import { NOT_YET_KNOWN } from "../../../core/types/epoch.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const CONFIG_INDEX = 1;
const slot = (epoch: number, round: number, configIndex = CONFIG_INDEX) => sequenceOf({ configIndex, epoch, round });
const EMPTY: StoredProtocol = {
  epoch: undefined,
  highest: { observation: 0n, proposal: 0n, prepare: 0n, signature: 0n },
  lastFinal: undefined,
};
const remembered = (stored: StoredProtocol, lastSequence: bigint) =>
  memoryOf(stored, { configIndex: CONFIG_INDEX, lastSequence, neverTookPart: false });

describe("what a node starts with", () => {
  it("a fresh one starts in epoch 1: no report of this configuration is on the chain", () => {
    assert.deepEqual(remembered(EMPTY, 0n), FRESH_RECORD);
    assert.deepEqual(remembered(EMPTY, slot(9, 9, CONFIG_INDEX - 1)), FRESH_RECORD, "another configuration's report");
  });

  it("one that remembers goes on where it was, or where the chain is if that is later", () => {
    const stored: StoredProtocol = {
      epoch: { epoch: 4, wish: 5, bindsFrom: 2 },
      highest: { observation: slot(4, 3), proposal: slot(2, 1), prepare: slot(4, 2), signature: slot(4, 1) },
      lastFinal: undefined,
    };
    const bindings = { observed: slot(4, 3), proposed: slot(2, 1), prepared: slot(4, 2), signed: slot(4, 1) };
    assert.deepEqual(remembered(stored, slot(3, 9)), { epoch: stored.epoch, bindings, lastFinal: undefined });
    const later = remembered(stored, slot(8, 1));
    assert.deepEqual(later.epoch, { epoch: 8, wish: 8, bindsFrom: 2 });
    assert.deepEqual(later.bindings, bindings);
  });

  it("one without memory of a configuration that has reported binds itself to nothing yet", () => {
    const { epoch, bindings } = remembered(EMPTY, slot(6, 2));
    assert.deepEqual(epoch, { epoch: 6, wish: 6, bindsFrom: NOT_YET_KNOWN });
    assert.ok(Object.values(bindings).every((sequence) => sequence === slot(6, 2)));
  });
});

/** The `bindsFrom` that a step remembers, without repetitions. */
const boundaries = (effects: readonly Effect[]) => [
  ...new Set(effects.flatMap((effect) => (effect.type === "persist-epoch" ? [effect.record.bindsFrom] : []))),
];

describe("what is no memory, and what is none lost", () => {
  it("a final report of others is none: what this node bound itself to it does not tell", () => {
    const lastFinal = { report: { sequence: slot(6, 2) } } as FinalReport;
    const { epoch, lastFinal: kept } = remembered({ ...EMPTY, lastFinal }, slot(6, 2));
    assert.equal(epoch.bindsFrom, NOT_YET_KNOWN);
    assert.equal(kept, lastFinal);
  });

  it("a newer configuration's report hides how far this one came", () => {
    assert.deepEqual(remembered(EMPTY, slot(2, 1, CONFIG_INDEX + 1)).epoch, {
      ...{ epoch: 1, wish: 1, bindsFrom: NOT_YET_KNOWN },
    });
  });

  it("a database older than the configuration has forgotten nothing of it: its node starts where the chain is", () => {
    const { epoch, bindings } = memoryOf(EMPTY, {
      ...{ configIndex: CONFIG_INDEX, lastSequence: slot(6, 2), neverTookPart: true },
    });
    assert.deepEqual(epoch, { epoch: 6, wish: 6, bindsFrom: 1 });
    assert.deepEqual(bindings, FRESH_RECORD.bindings);
  });
});

describe("a node that lost its memory", () => {
  const contexts = simContexts(simConfiguration({ n: 4, f: 1 }));
  const ctx = contexts[0]!;
  const start = () => startOracle(ctx, remembered(EMPTY, slot(6, 2)), 0);

  function hear(wishes: readonly (readonly [from: number, epoch: number])[], state = start()) {
    const effects: Effect[] = [];
    for (const [from, epoch] of wishes) {
      const message = { kind: "new-epoch", epoch, current: epoch } as const;
      const step = stepOracle(ctx, state, { event: { type: "message", from, message }, now: 10 });
      state = step.state;
      effects.push(...step.effects);
    }
    return { state, effects };
  }

  it("says on its disk that it did, before anything else", () => {
    const { effects } = stepOracle(ctx, start(), { event: { type: "started" }, now: 0 });
    assert.deepEqual(effects[0], {
      type: "persist-epoch",
      record: { epoch: 6, wish: 6, bindsFrom: NOT_YET_KNOWN },
    });
  });

  it("learns from n − f others the first epoch in which it cannot have bound itself", () => {
    assert.equal(
      hear([
        [1, 8],
        [2, 9],
      ]).state.pacemaker.bindsFrom,
      NOT_YET_KNOWN,
    );
    assert.equal(
      hear([
        [1, 8],
        [1, 9],
        [1, 10],
      ]).state.pacemaker.bindsFrom,
      NOT_YET_KNOWN,
      "one member, three times",
    );
    const { state, effects } = hear([
      [1, 8],
      [2, 9],
      [3, 7],
    ]);
    assert.equal(state.pacemaker.bindsFrom, 10);
    assert.deepEqual(boundaries(effects), [NOT_YET_KNOWN], "after a restart it asks again");
    assert.equal(state.follower.silent, true, "it has not got there");
  });

  it("enters epochs with the others, silently until it may bind itself", () => {
    const told = hear([
      [1, 8],
      [2, 8],
      [3, 8],
    ]);
    assert.equal(told.state.pacemaker.epoch, 8);
    assert.equal(told.state.pacemaker.bindsFrom, 9);
    assert.equal(told.state.follower.silent, true);
    const later = hear(
      [
        [1, 9],
        [2, 9],
      ],
      told.state,
    );
    assert.equal(later.state.pacemaker.epoch, 9);
    assert.equal(boundaries(later.effects).at(-1), 9, "and remembers from now on");
    assert.equal(later.state.follower.silent, false);
    assert.equal(later.state.leader.leading, leaderOf(9, { n: 4, configDigest: ctx.configDigest }) === 0);
  });
});

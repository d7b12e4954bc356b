import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { WatchedFinal } from "../../../node/app/watched-finals.ts";
import { renderWatch, startWatchState, withFinal, withNote, type WatchState } from "../../../node/cli/watch-screen.ts";

const final = (round: number, values: readonly string[]): WatchedFinal => ({
  ...{ configDigest: "0xabcdef0123", configIndex: 1, sequence: BigInt(round), epoch: 3, round, observedAt: 1_000 },
  ...{ digest: "0x00", signers: [0, 2], observers: [0, 1, 2] },
  feeds: values.map((value, lane) => ({ id: `0x0${lane}`, name: `FEED-${lane}`, decimals: 4, value })),
});
const screen = (state: WatchState) =>
  stripVTControlCharacters(renderWatch(state, { now: 1_002.7, columns: 90 }))
    .split("\n")
    .map((line) => line.trimEnd());

describe("watch screen", () => {
  it("shows who is there before the first final", () => {
    const lines = screen(startWatchState(2));
    assert.equal(lines[0], "Quorate watch   0 of 2 peers   0 finals verified   0 forged   0 stale   Ctrl-C stops");
    assert.equal(lines[1], "no configuration is in force");
    assert.ok(lines.includes("waiting for the first final report"));
  });

  it("shows each feed with all its decimals, which way it went, its age and its round", () => {
    const committees = [{ configDigest: "0xabcdef0123", index: 1, n: 4, f: 1, feeds: 2 } as const];
    let state: WatchState = { ...startWatchState(1), committees, peers: { connected: 1, all: 1 } };
    state = withFinal(state, final(7, ["1.5", "-20"]), false);
    state = withFinal(state, final(8, ["1.4999"]), false);
    const lines = screen(state);
    assert.match(lines[0]!, /1 of 1 peer {3}2 finals verified/);
    assert.equal(lines[1], "configuration 1 (0xabcdef01…), n = 4, f = 1");
    assert.match(lines[4]!, /^FEED-0 +1\.4999 +▼ +4 +2 s ago +3\/8$/);
    assert.match(lines[5]!, /^FEED-1 +-20\.0000 +4 +2 s ago +3\/7$/, "not in the last final");
    assert.match(lines.at(-1)!, /^epoch 3, round 8: signed by members 0, 2; medians recomputed .* 0, 1, 2$/);
  });

  it("counts what was refused, and cries out for contradictions", () => {
    const refusals = { forged: 3, stale: 1, foreign: 2 };
    const state = withNote({ ...withFinal(startWatchState(1), final(1, ["1"]), true), refusals }, "no answer");
    const lines = screen(state);
    assert.match(lines[0]!, /3 forged {3}1 stale {3}2 foreign {3}1 CONTRADICTIONS: more than f members are faulty/);
    assert.equal(lines.at(-1), "no answer");
  });
});

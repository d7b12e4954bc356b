import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Effect } from "../../../core/consensus/protocol.ts";
import {
  MAX_WITNESSED_SLOTS,
  onStatement,
  startWitness,
  type Statement,
  type WitnessState,
} from "../../../core/consensus/witness.ts";
import type { Hex } from "../../../core/types/hex.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const contexts = simContexts(simConfiguration({ n: 4, f: 1 }));
const ctx = contexts[0]!;
const { crypto, configDigest } = ctx;
const LEADER = leaderOf(1, { n: 4, configDigest });
const slot = (round: number, configIndex = 1) => sequenceOf({ configIndex, epoch: 1, round });
const hash = (number: number): Hex => `0x${number.toString(16).padStart(64, "0")}`;
const FORGED: Hex = `0x${"07".repeat(64)}`;

interface Said {
  readonly round?: number;
  readonly member?: number;
  readonly source?: number;
  readonly forged?: boolean;
}

/** What a member signs: `what` tells two of its statements apart. */
const KINDS = {
  proposal(what: number, { round = 1, member = LEADER, source = member, forged = false }: Said = {}): Statement {
    const header = { sequence: slot(round), observationsHash: hash(what) };
    const signature = forged ? FORGED : contexts[member]!.crypto.signDigest(crypto.proposalHeaderDigest(header));
    return {
      ...{ kind: "proposal", member, source, carrier: "prepare", verified: false },
      signed: { ...header, signature },
    };
  },
  report(what: number, { round = 1, member = 2, source = member, forged = false }: Said = {}): Statement {
    const report = { configDigest, sequence: slot(round), observedAt: 1, feedsRoot: hash(what), valuesHash: hash(9) };
    const signature = forged ? FORGED : contexts[member]!.crypto.signDigest(crypto.reportDigest(report));
    return {
      ...{ kind: "report", member, source, carrier: "signature", verified: false },
      signed: { report, signature },
    };
  },
  observation(what: number, { round = 1, member = 2, source = member, forged = false }: Said = {}): Statement {
    const feeds = { mask: 0b01, values: [BigInt(what), 0n] };
    const observation = { sequence: slot(round), feeds, timestamp: 1, inputsDigest: hash(0), fuel: 1n };
    const signer = contexts[forged ? (member + 1) % 4 : member]!;
    return {
      ...{ kind: "observation", member, source, carrier: "observation", verified: false },
      signed: signer.crypto.signObservation(observation),
    };
  },
};

function hear(statements: readonly Statement[], { frontier = slot(1), state = startWitness(ctx) } = {}) {
  const effects: Effect[] = [];
  for (const statement of statements) {
    const step = onStatement(ctx, state, { statement, frontier });
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const evidence = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "persist-evidence" ? [effect.evidence] : []));
const blamed = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.type === "verdict" && effect.verdict.kind === "reject" ? [`${effect.from} ${effect.verdict.code}`] : [],
  );
const size = ({ remembered }: WitnessState) => remembered.reduce((sum, { length }) => sum + length, 0);

for (const [kind, said] of Object.entries(KINDS)) {
  describe(`two different ${kind}s of one member for one slot`, () => {
    it("are evidence, with both as they were signed", () => {
      const [first, second] = [said(1), said(2)];
      const { effects } = hear([first, second]);
      const { member } = first;
      assert.deepEqual(evidence(effects), [
        { member, sequence: slot(1), kind, first: first.signed, second: second.signed },
      ]);
      assert.deepEqual(blamed(effects), [`${member} equivocation`]);
    });

    it("are so once, however many more there are", () => {
      assert.equal(evidence(hear([1, 2, 3, 1, 2, 4].map((what) => said(what))).effects).length, 1);
    });

    it("are none if they say the same, or are of different slots or members", () => {
      const { effects } = hear([said(1), said(1), said(2, { round: 2 }), said(3, { round: 3 })]);
      assert.deepEqual(effects, []);
    });

    it("are none if one is forged, whichever came first; who showed it is blamed, and the true one counts on", () => {
      const forged = said(2, { forged: true, source: 1 });
      for (const order of [
        [said(1), forged],
        [forged, said(1)],
      ]) {
        const { state, effects } = hear(order);
        assert.deepEqual(evidence(effects), []);
        assert.deepEqual(blamed(effects), ["1 bad-signature"]);
        assert.equal(evidence(hear([said(3)], { state }).effects).length, 1);
      }
    });
  });
}

describe("the witness", () => {
  it("is not led astray by a forged twin of what a member signed", () => {
    const forgedFirst = [KINDS.report(1, { forged: true }), KINDS.report(1), KINDS.report(2)];
    assert.equal(evidence(hear(forgedFirst).effects).length, 1);
    const forgedLater = [KINDS.report(1), KINDS.report(1, { forged: true }), KINDS.report(2)];
    assert.equal(evidence(hear(forgedLater).effects).length, 1);
  });

  it("keeps different kinds of one slot apart", () => {
    const member = LEADER;
    const { effects } = hear([KINDS.proposal(1), KINDS.report(2, { member }), KINDS.observation(3, { member })]);
    assert.deepEqual(effects, []);
  });

  it("remembers a bounded number of slots, the newest", () => {
    const rounds = Array.from({ length: 5 }, (_, i) => i + 1);
    const slow = { ...ctx, timing: { ...ctx.timing, rMax: 1_000 } };
    let state = startWitness(slow);
    for (let round = 1; round <= 200; round++)
      state = onStatement(slow, state, { statement: KINDS.report(1, { round }), frontier: slot(round) }).state;
    assert.equal(size(state), MAX_WITNESSED_SLOTS);
    const again = (round: number) =>
      evidence(onStatement(slow, state, { statement: KINDS.report(2, { round }), frontier: slot(200) }).effects);
    for (const round of rounds) assert.equal(again(200 - round).length, 1);
    assert.equal(again(100).length, 0);
  });

  it("does not let statements about the future crowd out the present", () => {
    const far = [4, 5].map((round) => KINDS.report(1, { round }));
    const { state } = hear([KINDS.report(1), ...far], { frontier: slot(1) });
    assert.equal(size(state), 1);
    assert.equal(size(hear([KINDS.report(1, { round: 3 })], { frontier: slot(1) }).state), 1, "a little ahead is well");
  });

  it("does not look at impossible rounds and other configurations", () => {
    const foreign = { ...KINDS.report(1), signed: KINDS.report(1).signed } as Extract<Statement, { kind: "report" }>;
    const { report } = foreign.signed;
    const elsewhere = { ...foreign, signed: { ...foreign.signed, report: { ...report, configDigest: hash(5) } } };
    assert.equal(size(hear([elsewhere]).state), 0, "the digest of another configuration");
    const moved = { ...foreign, signed: { ...foreign.signed, report: { ...report, sequence: slot(1, 2) } } };
    assert.equal(size(hear([KINDS.report(1, { round: 0 }), moved], { frontier: slot(9, 3) }).state), 0);
    assert.equal(size(hear([KINDS.report(1, { round: 6 })], { frontier: slot(9) }).state), 0, "after RMax");
  });
});

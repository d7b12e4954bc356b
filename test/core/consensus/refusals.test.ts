import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onFinal, onSignature, startFinalisation } from "../../../core/consensus/finalisation.ts";
import { onPrepare, onProposal, onRoundStart, startFollower } from "../../../core/consensus/follower.ts";
import { onFinalRequest, startCatchUp } from "../../../core/consensus/catch-up.ts";
import { onLeaderTick, onObservation, startLeader } from "../../../core/consensus/leader.ts";
import type { Bindings } from "../../../core/consensus/memory.ts";
import type { Prepare, Proposal } from "../../../core/consensus/messages.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Effect, ProtocolContext, RefusalCode, Step } from "../../../core/consensus/protocol.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Hex } from "../../../core/types/hex.ts";
import type { AttributedObservation, Observation } from "../../../core/types/observation.ts";
import type { Report } from "../../../core/types/report.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { simConfiguration, simContexts } from "../../support/sim/committee.ts";

const EPOCH = 3;
const contexts = simContexts(simConfiguration({ n: 4, f: 1 }));
const LEADER = leaderOf(EPOCH, { n: 4, configDigest: contexts[0]!.configDigest });
const OTHER = (LEADER + 1) % 4;
const ctx = contexts[OTHER]!;
const slot = (round: number, { epoch = EPOCH, configIndex = 1 } = {}) => sequenceOf({ configIndex, epoch, round });
const CURRENT = slot(2);
const NO_SIGNATURE: Hex = `0x${"00".repeat(64)}`;

function observed(member: number, change: Partial<Observation> = {}): AttributedObservation {
  const feeds = { mask: 0b11, values: [1_000n + BigInt(member), -5n] };
  const observation: Observation = {
    ...{ sequence: CURRENT, feeds, timestamp: 1_700_000_000, inputsDigest: `0x${"00".repeat(32)}`, fuel: 1n },
    ...change,
  };
  return { observer: member, ...contexts[member]!.crypto.signObservation(observation) };
}

function proposed(observations = [observed(0), observed(1), observed(2)], sequence = CURRENT): Proposal {
  const { crypto } = contexts[LEADER]!;
  const header = { sequence, observationsHash: crypto.observationsHash(observations) };
  return {
    kind: "proposal",
    sequence,
    observations,
    signature: crypto.signDigest(crypto.proposalHeaderDigest(header)),
  };
}

function final(change: Partial<FinalReport> = {}, sequence = CURRENT): FinalReport {
  const observations = [0, 1, 2].map((member) => observed(member, { sequence }));
  const outcome = ctx.plugin.report(sequence, observations);
  if (outcome.kind === "failed") throw new TypeError(outcome.code);
  const { report, digest, feeds } = outcome;
  const signatures = [0, 1].map((signer) => ({ signer, signature: contexts[signer]!.crypto.signDigest(digest) }));
  return { report, digest, feeds, observations, signatures, ...change };
}

const ROUND_ONE: Bindings = { observed: slot(1), proposed: 0n, prepared: slot(1), signed: slot(1) };
const follower = (bindings = ROUND_ONE) => startFollower(ctx, { epoch: EPOCH, silent: false, bindings });
const leader = (context: ProtocolContext, lastRound: number) =>
  startLeader(context, { epoch: EPOCH, lastRound, silent: false, now: 0 }, 0);

function proposalFrom(from: number, message: Proposal, state = follower()) {
  return onProposal(ctx, state, { from, message, observationsHash: ctx.crypto.observationsHash(message.observations) });
}

const collecting = () => {
  const context = contexts[LEADER]!;
  return onLeaderTick(context, leader(context, 1), 0).state;
};

function observationFrom(from: number, entry: AttributedObservation, state = collecting()) {
  const { observation, signature } = entry;
  return onObservation(contexts[LEADER]!, state, {
    from,
    message: { kind: "observation", observation, signature },
    now: 1,
  });
}

function prepareTwice(digests: readonly [Hex, Hex]) {
  const prepare = (digest: Hex) => ({ from: 2, message: prepareMessage(CURRENT, digest) });
  return onPrepare(ctx, onPrepare(ctx, follower(), prepare(digests[0])).state, prepare(digests[1]));
}

function prepareMessage(sequence: bigint, digest: Hex): Prepare {
  return { kind: "prepare", sequence, digest, observationsHash: DIGEST, proposalSignature: NO_SIGNATURE };
}

function signatureFrom(from: number, report: Report, state = startFinalisation(ctx, undefined)) {
  const signature = contexts[from]!.crypto.signDigest(ctx.crypto.reportDigest(report));
  return onSignature(ctx, state, { from, message: { report, signature } });
}

const DIGEST: Hex = `0x${"d1".repeat(32)}`;
const OTHER_DIGEST: Hex = `0x${"d2".repeat(32)}`;
const show = (message: FinalReport, from = 2, last?: FinalReport) =>
  onFinal(ctx, startFinalisation(ctx, last), { from, final: message, wanted: false });
const start = (from: number, sequence: bigint) =>
  onRoundStart(ctx, follower(), { from, message: { kind: "round-start", sequence }, now: 0 });
const values = (a: bigint, b: bigint) => ({ mask: 0b11, values: [a, b] });

interface Case {
  readonly name: string;
  readonly verdict: "ignore" | "reject";
  readonly act: () => Step<unknown>;
}
const ignored = (name: string, act: Case["act"]): Case => ({ name, verdict: "ignore", act });
const rejected = (name: string, act: Case["act"]): Case => ({ name, verdict: "reject", act });

/** Every code is here: the type says so. */
const REFUSALS: Readonly<Record<RefusalCode, readonly Case[]>> = {
  "wrong-configuration": [
    rejected("round start", () => start(LEADER, slot(2, { configIndex: 2 }))),
    rejected("proposal", () => proposalFrom(LEADER, proposed(undefined, slot(2, { configIndex: 2 })))),
    rejected("prepare", () =>
      onPrepare(ctx, follower(), { from: 1, message: prepareMessage(slot(2, { configIndex: 9 }), DIGEST) }),
    ),
    rejected("signature of another index", () =>
      signatureFrom(1, { ...final().report, sequence: slot(2, { configIndex: 0 }) }),
    ),
    rejected("signature of another digest", () => signatureFrom(1, { ...final().report, configDigest: DIGEST })),
    rejected("final", () => show(final({}, slot(2, { configIndex: 2 })))),
  ],
  "not-leader": [
    rejected("round start", () => start(OTHER, CURRENT)),
    rejected("proposal", () => proposalFrom(OTHER, proposed())),
  ],
  "old-epoch": [
    ignored("round start", () => start(LEADER, slot(2, { epoch: EPOCH - 1 }))),
    ignored("proposal", () => proposalFrom(LEADER, proposed(undefined, slot(2, { epoch: EPOCH - 1 })))),
  ],
  "future-epoch": [
    ignored("round start", () => start(LEADER, slot(2, { epoch: EPOCH + 1 }))),
    ignored("proposal", () => proposalFrom(LEADER, proposed(undefined, slot(2, { epoch: EPOCH + 1 })))),
  ],
  "too-early": [
    ignored("round start half a second after another of the same leader", () => {
      const first = start(LEADER, slot(2)).state;
      return onRoundStart(ctx, first, { from: LEADER, message: { kind: "round-start", sequence: slot(3) }, now: 500 });
    }),
    ignored("final request just after another of the same member", () => {
      const message = { kind: "final-request", sequence: CURRENT, digest: DIGEST } as const;
      const once = onFinalRequest(ctx, startCatchUp(ctx), { from: 1, message, now: 1_000 });
      return onFinalRequest(ctx, once.state, { from: 1, message, now: 1_200 });
    }),
  ],
  "old-slot": [
    ignored("round start of a slot observed before", () => start(LEADER, slot(1))),
    ignored("proposal for a slot prepared before", () =>
      proposalFrom(LEADER, proposed(), follower({ ...ROUND_ONE, observed: CURRENT, prepared: CURRENT, signed: 0n })),
    ),
    ignored("observation of another slot", () => observationFrom(1, observed(1, { sequence: slot(1) }))),
    ignored("final that is no news", () => show(final(), 2, final())),
  ],
  duplicate: [
    ignored("second observation", () => observationFrom(1, observed(1), observationFrom(1, observed(1)).state)),
    ignored("second prepare with another digest", () => prepareTwice([DIGEST, OTHER_DIGEST])),
    ignored("second signature", () => signatureFrom(1, final().report, signatureFrom(1, final().report).state)),
    ignored("second signature, of another report", () =>
      signatureFrom(1, { ...final().report, observedAt: 1 }, signatureFrom(1, final().report).state),
    ),
  ],
  malformed: [
    rejected("round 0", () => start(LEADER, slot(0))),
    rejected("a round after RMax", () => start(LEADER, slot(ctx.timing.rMax + 1))),
    rejected("observation with a lane that has no feed", () =>
      observationFrom(1, observed(1, { feeds: { mask: 0b100, values: [0n, 0n] } })),
    ),
    rejected("proposal with an observation of another slot", () =>
      proposalFrom(LEADER, proposed([observed(0, { sequence: slot(1) }), observed(1), observed(2)])),
    ),
    rejected("final with an observation without time", () =>
      show(final({ observations: [observed(0, { timestamp: 0 }), observed(1), observed(2)] })),
    ),
  ],
  "not-collecting": [
    ignored("at a follower", () => {
      const context = contexts[OTHER]!;
      const state = leader(context, 0);
      return onObservation(context, state, { from: 1, message: { kind: "observation", ...observed(1) }, now: 0 });
    }),
    ignored("before the first round", () => {
      const context = contexts[LEADER]!;
      return observationFrom(1, observed(1), leader(context, 1));
    }),
  ],
  "bad-signature": [
    rejected("final with the digest of something else", () => show(final({ digest: DIGEST }))),
    // The signatures cover the digest alone: what stands beside it must be recomputed, not believed.
    rejected("observation signed by another", () => observationFrom(1, observed(2))),
    rejected("proposal that the leader did not sign", () =>
      proposalFrom(LEADER, { ...proposed(), signature: NO_SIGNATURE }),
    ),
    rejected("proposal with an observation that its member did not sign", () =>
      proposalFrom(LEADER, proposed([observed(0), { ...observed(2), observer: 1 }, observed(2)])),
    ),
    rejected("final with a forged signature", () =>
      show(final({ signatures: [{ signer: 0, signature: NO_SIGNATURE }, final().signatures[1]!] })),
    ),
    rejected("final with a signature in another's name", () =>
      show(final({ signatures: [final().signatures[0]!, { ...final().signatures[0]!, signer: 1 }] })),
    ),
  ],
  "bad-quorum": [
    rejected("proposal with one observation too few", () => proposalFrom(LEADER, proposed([observed(0), observed(1)]))),
    rejected("proposal with one too many", () => proposalFrom(LEADER, proposed([0, 1, 2, 3].map((m) => observed(m))))),
    rejected("proposal with one member twice", () =>
      proposalFrom(LEADER, proposed([observed(0), observed(1), observed(1)])),
    ),
    rejected("proposal out of member order", () =>
      proposalFrom(LEADER, proposed([observed(1), observed(0), observed(2)])),
    ),
    rejected("proposal with an observer that is no member", () =>
      proposalFrom(LEADER, proposed([observed(0), observed(1), { ...observed(2), observer: 4 }])),
    ),
    rejected("final with one signature too few", () => show(final({ signatures: final().signatures.slice(1) }))),
    rejected("final with one signer twice", () =>
      show(final({ signatures: [final().signatures[0]!, final().signatures[0]!] })),
    ),
    rejected("final with a signer that is no member", () =>
      show(final({ signatures: [final().signatures[0]!, { ...final().signatures[1]!, signer: 7 }] })),
    ),
    rejected("final with two observations", () => show(final({ observations: final().observations.slice(1) }))),
  ],
  "bad-report": [
    rejected("proposal whose timestamps lie apart", () =>
      proposalFrom(LEADER, proposed([observed(0), observed(1), observed(2, { timestamp: 1_700_000_011 })])),
    ),
    rejected("final with other values beside a true digest", () => show(final({ feeds: values(7n, -5n) }))),
    rejected("final with a lane missing beside a true digest", () =>
      show(final({ feeds: { mask: 0b01, values: [1_001n, 0n] } })),
    ),
    rejected("final with another values hash", () =>
      show(final({ report: { ...final().report, valuesHash: DIGEST } })),
    ),
    rejected("final with another feeds root", () => show(final({ report: { ...final().report, feedsRoot: DIGEST } }))),
    rejected("final with another time", () => show(final({ report: { ...final().report, observedAt: 1 } }))),
    rejected("final of another configuration's digest", () =>
      show(final({ report: { ...final().report, configDigest: DIGEST } })),
    ),
  ],
  // Beside the evidence: see witness.test.ts.
  equivocation: [],
};

function verdictOf({ effects }: Step<unknown>): Extract<Effect, { type: "verdict" }>["verdict"] {
  assert.equal(effects.length, 1, "a refusal does nothing else");
  const [effect] = effects;
  assert.ok(effect?.type === "verdict");
  return effect.verdict;
}

for (const [code, entries] of Object.entries(REFUSALS)) {
  describe(`refusal ${code}`, () => {
    for (const { name, verdict, act } of entries) {
      it(`${name}: ${verdict}`, () => assert.deepEqual(verdictOf(act()), { kind: verdict, code }));
    }
  });
}

describe("what is not refused", () => {
  const types = ({ effects }: Step<unknown>) => effects.map(({ type }) => type);
  const untouched: readonly (readonly [string, (ctx: ProtocolContext) => Step<unknown>, readonly Effect["type"][]])[] =
    [
      ["round start", () => start(LEADER, CURRENT), ["stage", "observe"]],
      ["observation", () => observationFrom(1, observed(1)), []],
      ["proposal", () => proposalFrom(LEADER, proposed()), ["stage", "persist-message", "broadcast"]],
      ["prepare", () => prepareTwice([DIGEST, DIGEST]), ["verdict"]],
      ["signature", () => signatureFrom(1, final().report), []],
      ["final", () => show(final()), ["persist-final", "stage", "final"]],
    ];
  for (const [name, act, expected] of untouched) it(name, () => assert.deepEqual(types(act(ctx)), expected));
});

import type { Overrides } from "../../support/sim/schedule.ts";

/** A bug of one line that somebody might make, and the schedules that should show it. */
export interface PlantedBug {
  readonly name: string;
  /** Path from the root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The schedules are drawn from seeds 1, 2, 3 … under these. */
  readonly schedules: Overrides;
}

const FOLLOWER = "core/consensus/follower.ts";
const FINALISATION = "core/consensus/finalisation.ts";
const PROPOSAL_CHECK = "core/consensus/proposal-check.ts";
const PACEMAKER = "core/consensus/pacemaker.ts";
const QUORUM = "core/consensus/quorum.ts";
const REPORTING = "core/feeds/median-reporting.ts";

const EQUIVOCATION: Overrides = { profile: "byzantine", n: 4, strategies: ["two-proposals"] };
const CROOKED_LEADER: Overrides = { profile: "byzantine", n: 4, strategies: ["crooked-leader"] };
const FORGETFUL: Overrides = { profile: "forgetful", n: 4, faulty: 1, strategies: ["tempter"] };
const CRASHES: Overrides = { profile: "crashes", n: 4 };

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "observers and signers need not be distinct",
    file: PROPOSAL_CHECK,
    find: "member < n && member > (members[i - 1] ?? -1)",
    replace: "member < n && i >= 0",
    schedules: CROOKED_LEADER,
  },
  {
    name: "f observations make a proposal",
    file: QUORUM,
    find: "return 2 * f + 1;",
    replace: "return f;",
    schedules: { profile: "calm", n: 4 },
  },
  {
    name: "signs without Prepares",
    file: FOLLOWER,
    find: "if (matching < prepareQuorum(ctx.size) || !agrees(",
    replace: "if (matching < 0 || !agrees(",
    schedules: EQUIVOCATION,
  },
  {
    name: "Q is one lower",
    file: QUORUM,
    find: "return Math.floor((n + f) / 2) + 1;",
    replace: "return Math.floor((n + f) / 2);",
    schedules: EQUIVOCATION,
  },
  {
    name: "Prepares for another report count",
    file: FOLLOWER,
    find: "vote.sequence === sequence && vote.digest === proposal.digest",
    replace: "vote.sequence === sequence && vote.digest !== undefined",
    schedules: EQUIVOCATION,
  },
  {
    name: "f signatures make a report final",
    file: QUORUM,
    find: "return f + 1;",
    replace: "return f;",
    schedules: { profile: "calm", n: 4 },
  },
  {
    name: "a Prepare is not stored",
    file: FOLLOWER,
    find: '{ type: "persist-message", kind: "prepare", sequence, message: vote },',
    replace: "",
    schedules: CRASHES,
  },
  {
    name: "a signature is not stored",
    file: FOLLOWER,
    find: '{ type: "persist-message", kind: "signature", sequence, message },',
    replace: "",
    schedules: CRASHES,
  },
  {
    name: "a final report is not stored",
    file: FINALISATION,
    find: 'const effects: Effect[] = [\n    { type: "persist-final", final },',
    replace: "const effects: Effect[] = [",
    schedules: { profile: "calm", n: 4 },
  },
  {
    name: "a wish for an epoch is not stored",
    file: PACEMAKER,
    find: "const announce: Effect[] = [persistEpoch(next), ",
    replace: "const announce: Effect[] = [",
    schedules: { profile: "calm", n: 4 },
  },
  {
    name: "forgets after a restart what it bound itself to",
    file: "core/consensus/memory.ts",
    find: "const bindings = { observed: observation, proposed: proposal, prepared: prepare, signed: signature };",
    replace:
      "const bindings = { observed: 0n * (observation + proposal + prepare + signature), proposed: 0n, prepared: 0n, signed: 0n };",
    schedules: CRASHES,
  },
  {
    name: "binds itself at once after it lost its memory",
    file: "core/consensus/memory.ts",
    find: "bindsFrom: NOT_YET_KNOWN }",
    replace: "bindsFrom: NOT_YET_KNOWN & 1 }",
    schedules: FORGETFUL,
  },
  {
    name: "binds itself again in the last epoch that the others told",
    file: PACEMAKER,
    find: "bindsFrom: Math.max(state.epoch, ...epochs) + 1",
    replace: "bindsFrom: Math.max(state.epoch, ...epochs)",
    schedules: FORGETFUL,
  },
  {
    name: "believes the first member that tells of an epoch",
    file: PACEMAKER,
    find: "if (epochs.length < ctx.size.n - ctx.size.f)",
    replace: "if (epochs.length < 1)",
    schedules: FORGETFUL,
  },
  {
    name: "leads after it lost its memory",
    file: "core/consensus/leader.ts",
    find: "leading: leader === ctx.self && !start.silent,",
    replace: "leading: leader === ctx.self,",
    schedules: { profile: "forgetful", n: 4 },
  },
  {
    name: "follows the leader of an epoch that is over",
    file: FOLLOWER,
    find: 'if (slot.epoch < state.epoch) return "old-epoch";',
    replace: "",
    schedules: { profile: "mixed", n: 4, strategies: ["late-leader"] },
  },
  {
    name: "signs in an epoch that is over",
    file: FOLLOWER,
    find: "if (slotOf(sequence).epoch !== state.epoch) return { state, effects: [] };\n  const agrees",
    replace: "const agrees",
    schedules: { profile: "lossy", n: 4 },
  },
  {
    name: "amplifies the wishes of f members",
    file: PACEMAKER,
    find: "descending[f] ?? 0",
    replace: "descending[f - 1] ?? 0",
    schedules: { profile: "byzantine", n: 4, strategies: ["epoch-flooder"] },
  },
  {
    name: "enters an epoch that f + 1 members wish for",
    file: PACEMAKER,
    find: "descending[2 * f] ?? 0",
    replace: "descending[f] ?? 0",
    schedules: { profile: "byzantine", n: 4, strategies: ["epoch-flooder"] },
  },
  {
    name: "takes observations of another slot",
    file: PROPOSAL_CHECK,
    find: "observation.sequence === sequence && ctx.plugin",
    replace: "ctx.plugin",
    schedules: CROOKED_LEADER,
  },
  {
    name: "a follower believes the leader's observations",
    file: PROPOSAL_CHECK,
    find: 'return observations.every(genuine) ? undefined : "bad-signature";',
    replace: "return observations.some(genuine) ? undefined : undefined;",
    schedules: CROOKED_LEADER,
  },
  {
    name: "a leader takes observations of another slot",
    file: "core/consensus/leader.ts",
    find: 'if (observation.sequence !== currentSequence(ctx, state)) return { blame: false, code: "old-slot" };',
    replace: "",
    schedules: { profile: "lossy", n: 4 },
  },
  {
    name: "a leader believes its observers",
    file: "core/consensus/leader.ts",
    find: "return ctx.crypto.verifyObservation(attributed) ?",
    replace: "return attributed ?",
    schedules: { profile: "byzantine", n: 4, strategies: ["garbage-signer"] },
  },
  {
    name: "a signature that is counted is not verified",
    file: FINALISATION,
    find: "const valid = vote.verified || ctx.crypto.verifyDigest(signer, proposal.digest, vote.signature);",
    replace: "const valid = true;",
    schedules: { profile: "byzantine", n: 4, strategies: ["garbage-signer"] },
  },
  {
    name: "a final report from a peer is believed",
    file: FINALISATION,
    find: "if (code !== undefined) return refuse(code);",
    replace: "",
    schedules: { profile: "byzantine", n: 4, strategies: ["final-forger"] },
  },
  {
    name: "the values of a final report from a peer are believed",
    file: FINALISATION,
    find: 'if (!followsFromObservations(ctx, final)) return "bad-report";',
    replace: "",
    schedules: { profile: "mixed", n: 4, strategies: ["final-forger"] },
  },
  {
    name: "evidence is not verified",
    file: "core/consensus/witness.ts",
    find: "if (!holds(ctx, statement))",
    replace: "if (statement === undefined)",
    schedules: { profile: "byzantine", n: 4, strategies: ["framer"] },
  },
  {
    name: "a second statement is not looked at",
    file: "core/consensus/witness.ts",
    find: "if (earlier.contradicted || isRepeated(earlier.statement, statement))",
    replace: "if (earlier !== undefined)",
    schedules: { profile: "byzantine", n: 4, strategies: ["two-signatures", "two-observations", "two-proposals"] },
  },
  {
    name: "keeps every vote",
    file: FOLLOWER,
    find: "[...votes, { sequence, digest }].slice(-MAX_SLOTS_PER_MEMBER)",
    replace: "[...votes, { sequence, digest }].slice(-Infinity)",
    schedules: { profile: "byzantine", n: 4 },
  },
  {
    name: "serves final reports as fast as they are asked for",
    file: "core/consensus/catch-up.ts",
    find: "if (now - (state.servedAt[from] ?? -Infinity) < pause)",
    replace: "if (now < pause)",
    schedules: { profile: "byzantine", n: 4, strategies: ["request-flooder"] },
  },
  {
    name: "follows a leader that hurries",
    file: FOLLOWER,
    find: "now - state.observingSince < ctx.timing.deltaRound / 2",
    replace: "now < state.observingSince",
    schedules: { profile: "byzantine", n: 4, strategies: ["hurried-leader"] },
  },
  {
    name: "the median is one off",
    file: "core/feeds/median.ts",
    find: "sorted[(sorted.length - 1) / 2]",
    replace: "sorted[(sorted.length + 1) / 2]",
    schedules: { profile: "calm", n: 4 },
  },
  {
    name: "timestamps outside the window are reported",
    file: REPORTING,
    find: "Math.abs(observation.timestamp - observedAt) > window)) {",
    replace: "Math.abs(observation.timestamp - observedAt) > window * 1e9)) {",
    schedules: CROOKED_LEADER,
  },
  {
    name: "a leader chooses timestamps outside the window",
    file: REPORTING,
    find: "Math.abs(observation.timestamp - observedAt) > window);",
    replace: "Math.abs(observation.timestamp - observedAt) > window * 1e9);",
    schedules: { profile: "byzantine", n: 7, faulty: 2, strategies: ["clock-liar"] },
  },
  {
    name: "a leader proposes without a feed as soon as it may",
    file: "core/consensus/leader.ts",
    find: "if (deadline <= state.deadline || !leavesOut(",
    replace: "if (deadline > 0 || !leavesOut(",
    schedules: { profile: "byzantine", n: 4, strategies: ["omitter"] },
  },
  {
    name: "a feed is reported that some observations lack",
    file: REPORTING,
    find: "if (carriersOf(observations, lane) < observations.length) return [];",
    replace: "if (carriersOf(observations, lane) === 0) return [];",
    schedules: { profile: "byzantine", n: 4, strategies: ["value-liar"] },
  },
];

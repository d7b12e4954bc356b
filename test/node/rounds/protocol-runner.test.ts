import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeEvidence } from "../../../core/codec/evidence.ts";
import { FRESH_RECORD, memoryOf } from "../../../core/consensus/memory.ts";
import { leaderOf } from "../../../core/consensus/permutation.ts";
import type { Message } from "../../../core/consensus/messages.ts";
import type { ProtocolContext } from "../../../core/consensus/protocol.ts";
import { encodeMessage } from "../../../core/consensus/wire.ts";
import type { Equivocation } from "../../../core/types/evidence.ts";
import type { FinalReport } from "../../../core/types/final.ts";
import type { Observation } from "../../../core/types/observation.ts";
import { sequenceOf } from "../../../core/types/sequence.ts";
import { createProtocolRunner } from "../../../node/rounds/protocol-runner.ts";
import { createManualClock, settled } from "../../support/manual-clock.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { shapeOf, SIM_LANES, simConfiguration, simContexts } from "../../support/sim/committee.ts";
import { type Act, recordedMetrics, spiedNetwork, spiedStore } from "./fixtures.ts";

const CONFIGURATION = simConfiguration({ n: 4, f: 1 });
const contexts = simContexts(CONFIGURATION);
const LEADER = leaderOf(1, { n: 4, configDigest: contexts[0]!.configDigest });
const FOLLOWER = (LEADER + 1) % 4;
const slot = (round: number, epoch = 1) => sequenceOf({ configIndex: 1, epoch, round });

function observationOf(sequence: bigint): Observation {
  const feeds = { mask: 0b11, values: [10n, 20n] };
  return { sequence, feeds, timestamp: 1_700_000_000, inputsDigest: `0x${"00".repeat(32)}`, fuel: 1n };
}

/** A node's runner over the real store and state machine; network, clock and observer are the test's. */
function start(
  context: ProtocolContext,
  { observe = (sequence: bigint) => Promise.resolve(observationOf(sequence)), record = FRESH_RECORD } = {},
) {
  const acts: Act[] = [];
  const { store } = spiedStore(acts, context.configDigest, SIM_LANES);
  const [clock, log, network] = [createManualClock(), createRecordingLog(), spiedNetwork(acts, shapeOf(CONFIGURATION))];
  const { metrics, meter } = recordedMetrics();
  const finals: FinalReport[] = [];
  const recovered: FinalReport[] = [];
  const evidence: Equivocation[] = [];
  const signals: AbortSignal[] = [];
  const runner = createProtocolRunner(
    { context, record, lanes: SIM_LANES },
    {
      ...{ store, clock, log, metrics },
      observer: {
        observe(sequence, signal) {
          signals.push(signal);
          return observe(sequence);
        },
      },
      onStage: () => undefined,
      onAsking: () => undefined,
      onFinal: (final) => void finals.push(final),
      onRecovered: (final) => void recovered.push(final),
      onEvidence: (entry) => void evidence.push(entry),
    },
  );
  runner.start(network);
  const hear = (from: number, message: Message) => runner.onFrame(from, encodeMessage(message));
  const sent = (kind: Message["kind"]) => acts.filter((act) => act.type === "send" && act.message.kind === kind);
  return { acts, store, clock, log, network, meter, finals, recovered, evidence, signals, runner, hear, sent };
}

/** Everything that a follower hears in a round, up to the final report. */
async function playRound(node: ReturnType<typeof start>, round = 1): Promise<void> {
  const sequence = slot(round);
  node.hear(LEADER, { kind: "round-start", sequence });
  await settled();
  const others = [0, 1, 2, 3].filter((member) => member !== FOLLOWER);
  const observations = others.map((observer) => ({
    observer,
    ...contexts[observer]!.crypto.signObservation(observationOf(sequence)),
  }));
  const { crypto, plugin } = contexts[LEADER]!;
  const observationsHash = crypto.observationsHash(observations);
  const signature = crypto.signDigest(crypto.proposalHeaderDigest({ sequence, observationsHash }));
  node.hear(LEADER, { kind: "proposal", sequence, observations, signature });
  const outcome = plugin.report(sequence, observations);
  assert.ok(outcome.kind === "report");
  const { digest, report } = outcome;
  const prepare = { kind: "prepare", sequence, digest, observationsHash, proposalSignature: signature } as const;
  for (const from of others) node.hear(from, prepare);
  for (const from of others)
    node.hear(from, { kind: "signature", report, signature: contexts[from]!.crypto.signDigest(digest) });
}

/** The final report of a slot, as others made it. */
function finalOf(sequence: bigint): FinalReport {
  const observations = [0, 1, 2].map((observer) => ({
    observer,
    ...contexts[observer]!.crypto.signObservation(observationOf(sequence)),
  }));
  const outcome = contexts[0]!.plugin.report(sequence, observations);
  assert.ok(outcome.kind === "report");
  const { report, digest, feeds } = outcome;
  const signatures = [0, 1].map((signer) => ({ signer, signature: contexts[signer]!.crypto.signDigest(digest) }));
  return { report, digest, feeds, observations, signatures };
}

describe("protocol runner", () => {
  it("stores every binding message before it leaves, and exactly as it leaves", async () => {
    const node = start(contexts[FOLLOWER]!);
    await playRound(node);
    const stored = new Map<string, Uint8Array>();
    const left: string[] = [];
    for (const act of node.acts) {
      if (act.type === "commit") for (const { kind, bytes } of act.commit.bindings) stored.set(kind, bytes);
      if (act.type !== "send" || act.message.kind === "new-epoch") continue;
      const { message } = act;
      left.push(message.kind);
      assert.deepEqual(encodeMessage(message), stored.get(message.kind), `${message.kind} left before it was stored`);
    }
    assert.deepEqual(left, ["observation", "prepare", "signature"]);
    assert.equal(node.finals.length, 1);
    assert.deepEqual(node.store.load().lastFinal, node.finals[0]);
    assert.equal(node.meter.total("rounds_final_total"), 1);
  });

  it("as leader stores its proposal and its own Prepare in one commit, before either leaves", async () => {
    const node = start(contexts[LEADER]!);
    await settled();
    for (const from of [0, 1, 2, 3].filter((member) => member !== LEADER))
      node.hear(from, { kind: "observation", ...contexts[from]!.crypto.signObservation(observationOf(slot(1))) });
    const kinds = node.acts.map((act) =>
      act.type === "commit" ? act.commit.bindings.map(({ kind }) => kind).join() : `→ ${act.message.kind}`,
    );
    assert.deepEqual(kinds, ["→ round-start", "observation", "proposal,prepare", "→ proposal", "→ prepare"]);
  });

  it("sends nothing of a step that cannot be stored, says so once, and goes on when it can", async () => {
    const node = start(contexts[FOLLOWER]!);
    node.store.failure = new Error("disk full");
    await playRound(node);
    assert.equal(node.acts.length, 0);
    assert.equal(node.finals.length, 0);
    assert.equal(node.runner.healthy(), false);
    const errors = node.log.lines.filter(({ level }) => level === "error");
    assert.equal(errors.length, 1);
    assert.match(errors[0]?.message ?? "", /data directory/);
    node.store.failure = undefined;
    await node.clock.advance(CONFIGURATION.timing.deltaRound);
    await playRound(node, 2);
    const kinds = node.acts.flatMap((act) => (act.type === "send" ? [act.message.kind] : []));
    // What it missed it asks for: that binds nobody.
    assert.deepEqual(
      kinds.filter((kind) => kind !== "final-request"),
      ["observation", "prepare", "signature"],
    );
    assert.equal(node.finals[0]?.report.sequence, slot(2));
    assert.equal(node.runner.healthy(), true);
  });

  it("waits before it tries the disk again", async () => {
    const node = start(contexts[FOLLOWER]!);
    node.store.failure = new Error("disk full");
    await node.clock.advance(CONFIGURATION.timing.deltaProgress + 10_000);
    assert.equal(node.store.attempts, 11, "one a second");
    node.store.failure = undefined;
    await node.clock.advance(1_000);
    assert.equal(node.sent("new-epoch").length, 1);
  });

  it("asks for a new epoch when the leader is silent, and stores the wish first", async () => {
    const node = start(contexts[FOLLOWER]!);
    await node.clock.advance(CONFIGURATION.timing.deltaProgress);
    assert.deepEqual(
      node.acts.map((act) => (act.type === "commit" ? act.commit.epoch : act.message)),
      [
        { epoch: 1, wish: 2, bindsFrom: 1 },
        { kind: "new-epoch", epoch: 2, current: 1 },
      ],
    );
  });

  it("gives up observing a slot when the next one starts, and when it stops", async () => {
    const answers: ((observation: Observation) => void)[] = [];
    const node = start(contexts[FOLLOWER]!, { observe: () => new Promise((resolve) => answers.push(resolve)) });
    node.hear(LEADER, { kind: "round-start", sequence: slot(1) });
    await node.clock.advance(CONFIGURATION.timing.deltaRound);
    node.hear(LEADER, { kind: "round-start", sequence: slot(2) });
    assert.deepEqual(
      node.signals.map(({ aborted }) => aborted),
      [true, false],
    );
    answers[0]?.(observationOf(slot(1)));
    await settled();
    assert.deepEqual(node.acts, [], "the late answer is worth nothing");
    const stopped = node.runner.stop();
    assert.equal(node.signals[1]?.aborted, true);
    answers[1]?.(observationOf(slot(2)));
    await stopped;
    assert.deepEqual(node.acts, []);
    assert.equal(node.clock.pending, 0, "a timer is left");
  });

  it("lives on when observing fails", async () => {
    const node = start(contexts[FOLLOWER]!, { observe: () => Promise.reject(new Error("sandbox gone")) });
    node.hear(LEADER, { kind: "round-start", sequence: slot(1) });
    await settled();
    assert.equal(node.log.lines.filter(({ message }) => message === "observing failed").length, 1);
  });

  it("counts and penalises what is rejected, and only counts what is ignored", () => {
    const node = start(contexts[FOLLOWER]!);
    node.runner.onFrame(2, Uint8Array.of(1, 2, 3));
    assert.equal(
      node.meter.total("messages_refused_total", { kind: "unknown", verdict: "reject", code: "malformed" }),
      1,
    );
    assert.deepEqual(node.network.penalised, [2]);
    const notLeader = [0, 1, 2, 3].find((member) => member !== LEADER && member !== FOLLOWER)!;
    node.hear(notLeader, { kind: "round-start", sequence: slot(1) });
    assert.deepEqual(node.network.penalised, [2, notLeader]);
    const early = leaderOf(9, { n: 4, configDigest: contexts[0]!.configDigest });
    node.hear(early, { kind: "round-start", sequence: slot(1, 9) });
    assert.equal(node.meter.total("messages_refused_total", { verdict: "ignore", code: "future-epoch" }), 1);
    assert.deepEqual(node.network.penalised, [2, notLeader]);
  });

  it("keeps the evidence of a contradiction in the commit of its step, and makes it known once it is stored", async () => {
    const node = start(contexts[FOLLOWER]!);
    const liar = [0, 1, 2, 3].find((member) => member !== LEADER && member !== FOLLOWER)!;
    await playRound(node);
    const { crypto } = contexts[liar]!;
    const { report } = finalOf(slot(1));
    const contradiction = { ...report, observedAt: report.observedAt + 1 };
    const second = { report: contradiction, signature: crypto.signDigest(crypto.reportDigest(contradiction)) };
    node.store.failure = new Error("disk full");
    node.hear(liar, { kind: "signature", ...second });
    assert.equal(node.evidence.length, 0, "a step that is not stored has not happened");
    node.store.failure = undefined;
    node.hear(liar, { kind: "signature", ...second });
    node.hear(liar, { kind: "signature", ...second });
    assert.equal(node.evidence.length, 1);
    assert.deepEqual(node.evidence.map(encodeEvidence), node.store.evidence().map(encodeEvidence));
    const [entry] = node.evidence;
    assert.deepEqual([entry?.member, entry?.kind, entry?.sequence], [liar, "report", slot(1)]);
    assert.ok(node.network.penalised.includes(liar));
  });

  it("serves a final report that it holds, and says nothing where it does not", () => {
    const node = start(contexts[FOLLOWER]!);
    const final = finalOf(slot(3));
    node.store.commit({ bindings: [], epoch: undefined, finals: [final], evidence: [] });
    node.hear(2, { kind: "final-request", sequence: slot(3), digest: `0x${"00".repeat(32)}` });
    assert.deepEqual(node.sent("final"), []);
    node.hear(1, { kind: "final-request", sequence: slot(3), digest: final.digest });
    assert.deepEqual(node.sent("final"), [{ type: "send", to: 1, message: { kind: "final", final } }]);
    assert.equal(node.meter.total("finals_served_total"), 1);
  });

  it("outlives a store that cannot be read when a member asks", () => {
    const node = start(contexts[FOLLOWER]!);
    node.store.finalOf = () => {
      throw new Error("malformed");
    };
    node.hear(1, { kind: "final-request", sequence: slot(3), digest: `0x${"00".repeat(32)}` });
    assert.match(node.log.lines.at(-1)?.message ?? "", /check the data directory/);
  });

  it("asks one member after the other for a report that the chain shows, and hands it over when it comes", async () => {
    const node = start(contexts[FOLLOWER]!);
    node.hear(LEADER, { kind: "final", final: finalOf(slot(2)) });
    assert.equal(node.finals.length, 1);
    const older = finalOf(slot(1));
    node.runner.onMissing({ sequence: slot(1), digest: older.digest });
    await node.clock.advance(CONFIGURATION.timing.deltaResend * 2);
    const asked = node.sent("final-request").map((act) => (act.type === "send" ? act.to : "all"));
    assert.ok(asked.length >= 2 && new Set(asked).size === asked.length, `asked ${asked.join()}`);
    node.hear(LEADER, { kind: "final", final: older });
    assert.deepEqual(node.recovered, [older]);
    assert.equal(node.finals.length, 1, "it is not the newest");
    assert.deepEqual(node.store.finalOf(slot(1)), older);
    assert.equal(node.meter.total("finals_recovered_total"), 1);
    const before = node.sent("final-request").length;
    await node.clock.advance(CONFIGURATION.timing.deltaResend * 10);
    assert.equal(node.sent("final-request").length, before);
  });

  it("that lost its memory remembers that it did, says so, and binds itself in nothing", async () => {
    const empty = start(contexts[FOLLOWER]!).store.load();
    const record = memoryOf(empty, { configIndex: 1, lastSequence: slot(7), neverTookPart: false });
    const node = start(contexts[FOLLOWER]!, { record });
    assert.equal(node.runner.status().silent, true);
    assert.ok(node.store.load().epoch !== undefined, "it is on disk");
    assert.equal(node.log.lines.filter(({ level }) => level === "warn").length, 1);
    assert.equal(node.meter.last("protocol_silent", { committee: "1" }), 1);
    await playRound(node, 8);
    const kinds = node.acts.flatMap((act) => (act.type === "send" ? [act.message.kind] : []));
    assert.deepEqual(
      kinds.filter((kind) => kind === "observation" || kind === "prepare" || kind === "signature"),
      [],
    );
  });

  it("hears nothing before it is started and after it is stopped", async () => {
    const node = start(contexts[FOLLOWER]!);
    await node.runner.stop();
    await playRound(node);
    node.runner.onDue(1);
    node.runner.onConnected(1);
    assert.deepEqual(node.acts, []);
    assert.deepEqual(node.runner.status(), { epoch: 1, leader: LEADER, silent: false });
  });
});

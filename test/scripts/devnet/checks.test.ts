import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { auditRun } from "../../../scripts/devnet/checks/audit-run.ts";
import type { Check } from "../../../scripts/devnet/checks/check.ts";
import type { RoundRecord } from "../../../scripts/devnet/ledger.ts";
import { finishedRun, type RunChanges } from "./support/finished-run.ts";

let folder: string;
let runs = 0;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "quorate-checks-"));
});
after(() => rm(folder, { recursive: true }));

async function auditOf(changes: RunChanges = {}) {
  const { run, network } = await finishedRun(path.join(folder, `run-${runs++}`), changes);
  return auditRun(run, network);
}

const failed = (checks: readonly Check[]) => checks.filter(({ passed }) => !passed);

function withAnswer({ transmission, ...rest }: RoundRecord, lane: number, by: bigint): RoundRecord {
  const answers = transmission.answers.map((answer, q) =>
    q === lane && answer !== undefined ? { ...answer, answer: answer.answer + by } : answer,
  );
  return { ...rest, transmission: { ...transmission, answers } };
}

const first = (change: (record: RoundRecord) => RoundRecord) => (record: RoundRecord, index: number) =>
  index === 0 ? change(record) : record;

describe("auditRun", () => {
  it("passes a flawless run", async () => {
    const { checks, rounds, foreignProofs, publicInputs } = await auditOf();
    assert.deepEqual(failed(checks), []);
    assert.equal(checks.length, 9);
    assert.deepEqual(rounds[0]?.recomputed[0], 148n * 10n ** 8n);
    assert.deepEqual(foreignProofs, ["ProofRejected"]);
    assert.equal(new Set(publicInputs.map((inputs) => inputs?.join())).size, 2);
  });

  const cases: readonly {
    readonly name: string;
    readonly check: string;
    readonly reason: RegExp;
    readonly changes: RunChanges;
  }[] = [
    {
      name: "an answer that differs by one from the recomputed median",
      check: "answers equal the recomputed medians",
      reason: /SP500\/USD in round \d+: the chain answers 14800000001, the log gives 14800000000/,
      changes: { round: first((record) => withAnswer(record, 0, 1n)) },
    },
    {
      name: "an answer that nothing in the log explains",
      check: "answers equal the recomputed medians",
      reason: /node-1: 0 of 4 answers carried a price/,
      changes: {
        log: (entry) => (entry.requester === "node-1" && entry.symbol === "SP500" ? { ...entry, price: null } : entry),
      },
    },
    {
      name: "a feed that was stored and has no answer",
      check: "answers equal the recomputed medians",
      reason: /the chain answers nothing/,
      changes: {
        round: first(({ transmission, ...rest }) => ({ ...rest, transmission: { ...transmission, answers: [] } })),
      },
    },
    {
      name: "an answer that went back although nothing was stored",
      check: "answers equal the recomputed medians",
      reason: /the chain answers 18\d+, the log gives 14\d+/,
      changes: {
        round: (record, index) =>
          index === 0 ? record : { ...record, transmission: { ...record.transmission, stored: 0 } },
      },
    },
    {
      name: "nodes that all saw the same",
      check: "nodes saw different values",
      reason: /all observations of every feed were equal/,
      changes: {
        log: (entry) => ({ ...entry, price: "7" }),
        round: ({ transmission, ...rest }) => {
          const answers = transmission.answers.map((answer) => answer && { ...answer, answer: 7n * 10n ** 8n });
          return { ...rest, transmission: { ...transmission, answers } };
        },
      },
    },
    {
      name: "a report without a proof",
      check: "transmitted reports are proven",
      reason: /round \d+ is not proven/,
      changes: { round: first((record) => ({ ...record, proof: undefined })) },
    },
    {
      name: "a proof of another statement than the report's",
      check: "public inputs differ",
      reason: /1 proofs commit to another statement/,
      changes: {
        round: first(({ proof, ...rest }) => ({
          ...rest,
          proof: proof && { ...proof, commitment: proof.commitment + 1n },
        })),
      },
    },
    {
      name: "a hub that takes a proof for another round",
      check: "a proof is worth nothing for the next round",
      reason: /a foreign proof was accepted/,
      changes: { foreignProof: undefined },
    },
    {
      name: "a hub that refuses a foreign proof for a reason that says nothing about proofs",
      check: "a proof is worth nothing for the next round",
      reason: /refused for another reason: AlreadyProven/,
      changes: { foreignProof: "AlreadyProven" },
    },
    {
      name: "a market that refuses",
      check: "the market reads a proven price",
      reason: /it refuses: StalePrice/,
      changes: { market: { price: undefined, refusal: "StalePrice" } },
    },
    {
      name: "a leader that proposed twice for one slot",
      check: "nobody signed twice",
      reason: /member \d signed two proposals for slot \d+/,
      changes: { doubleProposal: true },
    },
    {
      name: "a slot with two finals",
      check: "no slot became final twice",
      reason: /slot \d+ became final twice/,
      changes: { fork: true },
    },
    {
      name: "databases without messages",
      check: "nobody signed twice",
      reason: /no statement was compared/,
      changes: { forgetful: true },
    },
    {
      name: "two nodes with one peer id",
      check: "nodes are distinct",
      reason: /peer 0/,
      changes: {
        node: (node, member) => (member === 3 ? { ...node, record: { ...node.record, peerId: "peer 0" } } : node),
      },
    },
    {
      name: "two nodes in one process",
      check: "nodes are distinct",
      reason: /100/,
      changes: { node: (node) => ({ ...node, pid: 100 }) },
    },
    {
      name: "a killed leader that did not come back",
      check: "the killed leader rejoins",
      reason: /did not come back/,
      changes: { options: { killLeader: true }, killed: { rejoinedAt: undefined } },
    },
    {
      name: "a killed leader without which nothing went on",
      check: "the killed leader rejoins",
      reason: /no round finished while the leader was down/,
      changes: { options: { killLeader: true }, killed: { rejoinedAt: 0n } },
    },
    {
      name: "a liar that no report heard",
      check: "the liar was heard",
      reason: /no report contains its observation/,
      changes: { options: { liar: true }, round: withoutLiar },
    },
  ];

  for (const { name, check, reason, changes } of cases) {
    it(`notices ${name}`, async () => {
      const problems = failed((await auditOf(changes)).checks);
      assert.deepEqual(
        problems.map((problem) => problem.name),
        [check],
      );
      assert.match(problems[0]!.detail, reason);
    });
  }

  it("notices an answer outside what the honest nodes saw", async () => {
    const round = first((record) => withAnswer(record, 0, 10n ** 12n));
    const problems = failed((await auditOf({ options: { liar: true }, round })).checks);
    assert.deepEqual(
      problems.map(({ name }) => name),
      ["answers equal the recomputed medians", "answers stay in the honest range"],
    );
    assert.match(problems[1]!.detail, /is outside 14800000000…16400000000/);
  });

  it("passes a leader that was killed, and a liar among the chosen", async () => {
    const killed = await auditOf({ options: { killLeader: true } });
    assert.deepEqual(failed(killed.checks), []);
    const lied = await auditOf({ options: { liar: true } });
    assert.deepEqual(failed(lied.checks), []);
  });
});

/** Members 1, 2 and 3 are chosen; their median is what the report with the liar has too. */
function withoutLiar({ view, ...rest }: RoundRecord): RoundRecord {
  const observations = view?.observations.map((entry, i) => ({ ...entry, observer: i + 1 })) ?? [];
  return { ...rest, view: view && { ...view, observations } };
}

import path from "node:path";
import { Contract } from "ethers";
import { publicBinding, statementVector } from "../../core/proof/public-binding.ts";
import { feedHubAbi } from "../../node/chain/generated/abi.ts";
import { type AuditedRound, auditRound } from "./audit-round.ts";
import { findDoubleSignatures } from "./audit/double-signatures.ts";
import { type ReplayEntry, readReplayLog } from "./audit/replay-log.ts";
import { roundTraceId } from "./audit/round-trace-id.ts";
import { offerForeignProof } from "./chain/foreign-proof.ts";
import { LIAR_MEMBER } from "./faults/liar.ts";
import { RECORDED_FEEDS } from "./feeds.ts";
import type { RoundRecord } from "./ledger.ts";
import { CHAIN_ID, type DevNetwork } from "./network.ts";
import type { DevnetRun } from "./run.ts";

/** One expectation about a run. `detail` says what was seen. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

interface AuditedRecords {
  readonly records: readonly RoundRecord[];
  readonly rounds: readonly AuditedRound[];
}

export interface Audit {
  readonly rounds: readonly AuditedRound[];
  readonly foreignProofs: readonly (string | undefined)[];
  readonly publicInputs: readonly (readonly bigint[] | undefined)[];
  readonly checks: readonly Check[];
}

/** Lines of the replay log per round: 4 nodes, 8 feeds, 4 exchanges, and room for rounds that were asked twice. */
const LOG_LINES_PER_ROUND = 512;

/** Holds a finished run against everything that it promised. Nothing here trusts a node's word for a number. */
export async function auditRun(run: DevnetRun, network: DevNetwork): Promise<Audit> {
  const records = run.ledger.rounds;
  const log = await readLog(network, records);
  const liar = run.options.liar ? LIAR_MEMBER : undefined;
  const rounds = records.map((record) => auditRound(record, { log, network, liar }));
  const foreignProofs = await foreignProofsOf(network, records);
  const publicInputs = records.map((record) => publicInputsOf(network, record));
  const checks = [
    distinctIdentities(network),
    valuesDiffer(rounds),
    answersMatch({ records, rounds }),
    allProven(run),
    distinctInputs(records, publicInputs),
    foreignProofsRejected(foreignProofs),
    marketReads(run),
    noDoubleSignatures(network),
    ...(run.options.killLeader ? [leaderRejoined(run, records)] : []),
    ...(run.options.liar ? [answersInHonestRange({ records, rounds }), liarHeard(records)] : []),
  ];
  return { rounds, foreignProofs, publicInputs, checks };
}

async function readLog(
  { replayLog, configDigest }: DevNetwork,
  records: readonly RoundRecord[],
): Promise<readonly ReplayEntry[]> {
  const traceIds = new Set(records.map(({ transmission }) => roundTraceId(configDigest, transmission.sequence)));
  const { entries } = await readReplayLog(replayLog, {
    traceIds,
    maxEntries: Math.max(1, records.length) * LOG_LINES_PER_ROUND,
  });
  return entries;
}

async function foreignProofsOf(
  { provider, deployment }: DevNetwork,
  records: readonly RoundRecord[],
): Promise<(string | undefined)[]> {
  const hub = new Contract(deployment.hub, feedHubAbi, provider);
  const results: (string | undefined)[] = [];
  for (const [i, { proof }] of records.entries()) {
    const next = records[i + 1];
    if (proof === undefined || next?.proof === undefined) continue;
    results.push(await offerForeignProof(hub, proof, { transmission: next.transmission, proof: next.proof }));
  }
  return results;
}

function publicInputsOf(
  { deployment, configuration }: DevNetwork,
  { transmission, proof }: RoundRecord,
): readonly bigint[] | undefined {
  if (proof === undefined) return undefined;
  const { report, feeds } = transmission;
  const domain = { chainId: BigInt(CHAIN_ID), hub: deployment.hub };
  const observerKeys = configuration.members.map(({ observer }) => observer);
  const w = statementVector(
    { domain, report, feeds, observerKeys, window: configuration.timing.window },
    { nMax: observerKeys.length },
  );
  const { commitment, x, y } = publicBinding(w);
  // Had the chain taken a proof for another commitment, x and y would be of another statement than this one.
  return commitment === proof.commitment ? [commitment, x, y] : undefined;
}

function check(name: string, problems: readonly string[], seen: string): Check {
  return {
    name,
    passed: problems.length === 0,
    detail: problems.length === 0 ? seen : problems.slice(0, 3).join("; "),
  };
}

function distinctIdentities({ nodes }: DevNetwork): Check {
  const faces = nodes.flatMap(({ pid, record, directory }) => [
    `${pid}`,
    record.peerId,
    record.member.signer,
    `${record.member.observer.x}`,
    directory,
  ]);
  const repeated = faces.filter((face, i) => faces.indexOf(face) !== i);
  return check("nodes are distinct", repeated, `${nodes.length} processes, keys and data directories`);
}

function valuesDiffer(rounds: readonly AuditedRound[]): Check {
  const differing = rounds.flatMap(({ observed }) => observed).filter((values) => new Set(values).size > 1).length;
  return check(
    "nodes saw different values",
    differing > 0 ? [] : ["all observations of every feed were equal"],
    `${differing} feed observations differ between nodes`,
  );
}

/** Each answer must be the median of the round that stored it: of this one, or of the last one in which the feed was due. */
function answersMatch({ records, rounds }: AuditedRecords): Check {
  const expected = new Map<number, bigint | undefined>();
  const problems: string[] = [];
  let compared = 0;
  for (const [i, { transmission }] of records.entries()) {
    for (const [lane, { name }] of RECORDED_FEEDS.entries()) {
      if (isStored(transmission, lane)) expected.set(lane, rounds[i]?.recomputed[lane]);
      if (!expected.has(lane)) continue;
      const [wanted, answer] = [expected.get(lane), transmission.answers[lane]?.answer];
      const reason = rounds[i]?.reasons[lane] ?? "the log does not give a median";
      const seen = `the chain answers ${answer ?? "nothing"}, ${wanted === undefined ? reason : `the log gives ${wanted}`}`;
      if (wanted === undefined || answer !== wanted)
        problems.push(`${name} in round ${transmission.sequence}: ${seen}`);
      compared += 1;
    }
  }
  const nothing = compared === 0 ? ["nothing was compared"] : [];
  return check("answers equal the recomputed medians", [...nothing, ...problems], `${compared} answers`);
}

function isStored({ stored }: RoundRecord["transmission"], lane: number): boolean {
  return ((stored >>> lane) & 1) === 1;
}

function allProven({ options, ledger }: DevnetRun): Check {
  const wanted = ledger.provable.slice(0, options.rounds ?? ledger.provable.length);
  const missing = wanted.filter(({ proof }) => proof === undefined);
  const problems = missing.map(({ transmission }) => `round ${transmission.sequence} is not proven`);
  return check("transmitted reports are proven", problems, `${wanted.length} of ${wanted.length}`);
}

function distinctInputs(
  records: readonly RoundRecord[],
  publicInputs: readonly (readonly bigint[] | undefined)[],
): Check {
  const proven = records.filter(({ proof }) => proof !== undefined).length;
  const texts = publicInputs.flatMap((inputs) => (inputs === undefined ? [] : [inputs.join()]));
  const repeated = texts.filter((text, i) => texts.indexOf(text) !== i).map((text) => `repeated: ${text}`);
  const foreign =
    texts.length === proven ? [] : [`${proven - texts.length} proofs commit to another statement than their report's`];
  return check("public inputs differ", [...repeated, ...foreign], `${texts.length} proofs`);
}

function foreignProofsRejected(results: readonly (string | undefined)[]): Check {
  const problems = results
    .filter((result) => result !== "ProofRejected")
    .map((result) => (result === undefined ? "a foreign proof was accepted" : `refused for another reason: ${result}`));
  return check("a proof is worth nothing for the next round", problems, `${results.length} foreign proofs rejected`);
}

function marketReads({ market }: DevnetRun): Check {
  return check(
    "the market reads a proven price",
    market.price === undefined ? [`it refuses: ${market.refusal ?? "unknown"}`] : [],
    `price ${market.price ?? "none"}`,
  );
}

function noDoubleSignatures({ nodes }: DevNetwork): Check {
  const { messages, doubles } = findDoubleSignatures(
    nodes.map(({ directory }, member) => ({ member, file: path.join(directory, "data", "quorate.db") })),
  );
  const problems = doubles.map(
    ({ member, kind, sequence }) => `member ${member} sent two ${kind}s for slot ${sequence}`,
  );
  return check(
    "nobody signed twice",
    messages === 0 ? ["no message was compared"] : problems,
    `${messages} signed messages of all nodes compared`,
  );
}

function leaderRejoined({ killLeader }: DevnetRun, records: readonly RoundRecord[]): Check {
  const record = killLeader?.record;
  if (record?.rejoinedAt === undefined)
    return check("the killed leader rejoins", ["it was not killed, or it did not come back"], "");
  const { sequence, rejoinedAt } = record;
  const between = records.filter(
    ({ transmission }) => transmission.sequence > sequence && transmission.sequence < rejoinedAt,
  ).length;
  const problems = between > 0 ? [] : ["no round finished while the leader was down"];
  return check(
    "the killed leader rejoins",
    problems,
    `killed after signing ${sequence}, ${between} rounds without it, back in ${rejoinedAt}`,
  );
}

function liarHeard(records: readonly RoundRecord[]): Check {
  const heard = records.filter(({ view }) =>
    view?.observations.some(({ observer }) => observer === LIAR_MEMBER),
  ).length;
  return check(
    "the liar was heard",
    heard === 0 ? ["no report contains its observation"] : [],
    `in ${heard} of ${records.length} reports`,
  );
}

function answersInHonestRange({ records, rounds }: AuditedRecords): Check {
  const problems: string[] = [];
  let compared = 0;
  for (const [i, { transmission }] of records.entries()) {
    for (const [lane, { name }] of RECORDED_FEEDS.entries()) {
      const [range, answer] = [rounds[i]?.honestRange[lane], transmission.answers[lane]?.answer];
      if (!isStored(transmission, lane) || range === undefined || answer === undefined) continue;
      compared += 1;
      if (answer >= range.lowest && answer <= range.highest) continue;
      problems.push(`${name} in round ${transmission.sequence}: ${answer} is outside ${range.lowest}…${range.highest}`);
    }
  }
  const nothing = compared === 0 ? ["nothing was compared"] : [];
  return check("answers stay in the honest range", [...nothing, ...problems], `${compared} answers against a liar`);
}

import path from "node:path";
import { Contract } from "ethers";
import { publicBinding, statementVector } from "../../core/proof/public-binding.ts";
import { feedHubAbi } from "../../node/chain/generated/abi.ts";
import { findDoubleSignatures } from "./audit/double-signatures.ts";
import { type Recomputed, recomputeMedians } from "./audit/recompute-medians.ts";
import { type ReplayEntry, readReplayLog } from "./audit/replay-log.ts";
import { roundTraceId } from "./audit/round-trace-id.ts";
import { offerForeignProof } from "./chain/foreign-proof.ts";
import { LIAR_MEMBER } from "./faults/liar.ts";
import { FEED_DECIMALS, RECORDED_FEEDS } from "./feeds.ts";
import type { RoundRecord } from "./ledger.ts";
import { CHAIN_ID, type DevNetwork } from "./network.ts";
import type { DevnetRun } from "./run.ts";

/** One expectation about a run. `detail` says what was seen. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

/** What the replay log says about one round, by feed index. */
export interface AuditedRound {
  readonly recomputed: readonly (bigint | undefined)[];
  readonly reasons: readonly (string | undefined)[];
  /** Per feed the values of the honest observers among the chosen. */
  readonly observed: readonly (readonly bigint[])[];
  readonly honestRange: readonly ({ readonly lowest: bigint; readonly highest: bigint } | undefined)[];
}

export interface Audit {
  readonly rounds: readonly AuditedRound[];
  readonly foreignProofs: readonly (string | undefined)[];
  readonly publicInputs: readonly (readonly bigint[] | undefined)[];
  readonly checks: readonly Check[];
}

/** Lines of the replay log per round: 4 nodes, 8 feeds, 4 exchanges, and room for rounds that were asked twice. */
const LOG_LINES_PER_ROUND = 512;
const NAMES = RECORDED_FEEDS.map(({ symbol }) => symbol);

/** Holds a finished run against everything that it promised. Nothing here trusts a node's word for a number. */
export async function auditRun(run: DevnetRun, network: DevNetwork): Promise<Audit> {
  const records = run.ledger.rounds;
  const log = await readLog(network, records);
  const rounds = records.map((record) => auditRound(run, network, { record, log }));
  const foreignProofs = await foreignProofsOf(network, records);
  const publicInputs = records.map((record) => publicInputsOf(network, record));
  const checks = [
    distinctIdentities(network),
    valuesDiffer(rounds),
    answersMatch(run, { records, rounds }),
    allProven(run, records),
    distinctInputs(records, publicInputs),
    foreignProofsRejected(foreignProofs),
    marketReads(run),
    noDoubleSignatures(network),
    ...(run.options.killLeader ? [leaderRejoined(run, records)] : []),
    ...(run.options.liar ? [answersInHonestRange({ records, rounds })] : []),
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

function auditRound(
  run: DevnetRun,
  { nodes, configDigest }: DevNetwork,
  { record, log }: { record: RoundRecord; log: readonly ReplayEntry[] },
): AuditedRound {
  const traceId = roundTraceId(configDigest, record.transmission.sequence);
  const isHonest = (member: number) => !(run.options.liar && member === LIAR_MEMBER);
  const recompute = (members: readonly number[]) =>
    recomputeMedians(log, {
      traceId,
      observers: members.map((member) => ({ requester: nodes[member]?.name ?? "" })),
      feeds: NAMES,
      decimals: FEED_DECIMALS,
    });
  const chosen = record.view?.observations.map(({ observer }) => observer) ?? [];
  const medians = chosen.every(isHonest) && chosen.length > 0 ? recompute(chosen) : new Map<string, Recomputed>();
  const honest = nodes.map((_, member) => member).filter(isHonest);
  // An odd number of observers is asked for; each node's own values are what counts here.
  const singles = honest.map((member) => recompute([member]));
  const valuesOf = (name: string) => singles.flatMap((values) => values.get(name)?.value ?? []);
  return {
    recomputed: NAMES.map((name) => medians.get(name)?.value),
    reasons: NAMES.map((name) => reasonOf(medians.get(name))),
    observed: NAMES.map(valuesOf),
    honestRange: NAMES.map((name) => rangeOf(valuesOf(name))),
  };
}

function reasonOf(result: Recomputed | undefined): string | undefined {
  return result !== undefined && result.value === undefined ? result.reason : undefined;
}

function rangeOf(values: readonly bigint[]): { lowest: bigint; highest: bigint } | undefined {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  return lowest === undefined || highest === undefined ? undefined : { lowest, highest };
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

function answersMatch(
  { options }: DevnetRun,
  { records, rounds }: { records: readonly RoundRecord[]; rounds: readonly AuditedRound[] },
): Check {
  const expected = new Map<number, bigint>();
  const problems: string[] = [];
  let compared = 0;
  for (const [i, { transmission }] of records.entries()) {
    for (const [lane, { name }] of RECORDED_FEEDS.entries()) {
      const stored = ((transmission.stored >>> lane) & 1) === 1;
      const recomputed = rounds[i]?.recomputed[lane];
      if (stored && recomputed === undefined && !options.liar)
        problems.push(
          `${name} in round ${transmission.sequence}: ${rounds[i]?.reasons[lane] ?? "nothing to recompute from"}`,
        );
      if (stored && recomputed !== undefined) expected.set(lane, recomputed);
      if (stored && recomputed === undefined) expected.delete(lane);
      const wanted = expected.get(lane);
      const answer = transmission.answers[lane]?.answer;
      if (wanted === undefined) continue;
      compared += 1;
      if (answer !== wanted)
        problems.push(
          `${name} in round ${transmission.sequence}: the chain answers ${answer ?? "nothing"}, the log gives ${wanted}`,
        );
    }
  }
  return check(
    "answers equal the recomputed medians",
    compared === 0 && !options.liar ? ["nothing was compared"] : problems,
    `${compared} answers`,
  );
}

function allProven({ options }: DevnetRun, records: readonly RoundRecord[]): Check {
  const wanted = records.slice(0, options.rounds ?? records.length);
  const missing = wanted
    .filter(({ proof }) => proof === undefined)
    .map(({ transmission }) => `round ${transmission.sequence} is not proven`);
  return check("transmitted reports are proven", missing, `${wanted.length} of ${wanted.length}`);
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

function answersInHonestRange({
  records,
  rounds,
}: {
  records: readonly RoundRecord[];
  rounds: readonly AuditedRound[];
}): Check {
  const problems: string[] = [];
  let compared = 0;
  for (const [i, { transmission }] of records.entries()) {
    for (const [lane, { name }] of RECORDED_FEEDS.entries()) {
      const [range, answer] = [rounds[i]?.honestRange[lane], transmission.answers[lane]?.answer];
      if (((transmission.stored >>> lane) & 1) === 0 || range === undefined || answer === undefined) continue;
      compared += 1;
      if (answer < range.lowest || answer > range.highest)
        problems.push(
          `${name} in round ${transmission.sequence}: ${answer} is outside ${range.lowest}…${range.highest}`,
        );
    }
  }
  return check(
    "answers stay in the honest range",
    compared === 0 ? ["nothing was compared"] : problems,
    `${compared} answers against a liar`,
  );
}

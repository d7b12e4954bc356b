import { type ReplayEntry, readReplayLog } from "../audit/replay-log.ts";
import { roundTraceId } from "../audit/round-trace-id.ts";
import { EQUIVOCATOR_MEMBER } from "../faults/equivocate.ts";
import { LIAR_MEMBER } from "../faults/lie.ts";
import type { RoundRecord } from "../ledger.ts";
import type { DevNetwork } from "../network.ts";
import type { DevnetRun } from "../run.ts";
import { answersMatch, distinctIdentities, valuesDiffer } from "./answers.ts";
import { type AuditedRound, auditRound } from "./audit-round.ts";
import type { Check } from "./check.ts";
import { allSigned, foreignProofsOf, type ProofAudit, proofChecks, publicInputsOf } from "./proofs.ts";
import { nobodySignedTwice, oneFinalPerSlot } from "./signatures.ts";

export interface Audit extends ProofAudit {
  readonly rounds: readonly AuditedRound[];
  readonly checks: readonly Check[];
}

/** Lines of the replay log per round and node: 8 feeds, 4 exchanges, and room for rounds that were asked twice. */
const LOG_LINES_PER_OBSERVATION = 128;

/** Holds a finished run against everything that it promised. Nothing here trusts a node's word for a number. */
export async function auditRun(run: DevnetRun, network: DevNetwork): Promise<Audit> {
  const { options, ledger, book, episodes } = run;
  const records = ledger.rounds;
  const log = await readLog(network, records);
  const liar = options.liar ? LIAR_MEMBER : undefined;
  const rounds = records.map((record) => auditRound(record, { log, committee: committeeOf(network, record), liar }));
  const foreignProofs = await foreignProofsOf(network, records);
  const publicInputs = records.map((record) => publicInputsOf(network, record));
  const finished = { network, ledger, book, records, rounds };
  const ofEpisodes = await Promise.all(episodes.map(async (episode) => episode.checks(finished)));
  const checks = [
    distinctIdentities(network),
    valuesDiffer(rounds),
    answersMatch(finished),
    ...(run.proving ? proofChecks(run, { foreignProofs, publicInputs }) : [allSigned(run)]),
    nobodySignedTwice(network, records, options.equivocate ? EQUIVOCATOR_MEMBER : undefined),
    oneFinalPerSlot(network, records),
    ...ofEpisodes.flat(),
  ];
  return { rounds, foreignProofs, publicInputs, checks };
}

function committeeOf({ committees }: DevNetwork, { transmission }: RoundRecord) {
  const { configDigest } = transmission.report;
  const committee = committees.find(({ digest }) => digest === configDigest);
  if (committee === undefined) throw new TypeError(`the hub took a report of an unknown configuration ${configDigest}`);
  return committee;
}

async function readLog(
  { replayLog, nodes }: DevNetwork,
  records: readonly RoundRecord[],
): Promise<readonly ReplayEntry[]> {
  const traceIds = new Set(
    records.map(({ transmission: { report, sequence } }) => roundTraceId(report.configDigest, sequence)),
  );
  const { entries } = await readReplayLog(replayLog, {
    traceIds,
    maxEntries: Math.max(1, records.length) * nodes.length * LOG_LINES_PER_OBSERVATION,
  });
  return entries;
}

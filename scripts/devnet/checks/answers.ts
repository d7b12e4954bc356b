import { LIAR_MEMBER } from "../faults/lie.ts";
import { RECORDED_FEEDS } from "../feeds.ts";
import type { RoundRecord } from "../ledger.ts";
import type { DevNetwork } from "../network.ts";
import type { AuditedRound } from "./audit-round.ts";
import { type Check, check, type Finished } from "./check.ts";

type AuditedRecords = Pick<Finished, "records" | "rounds">;

export function distinctIdentities({ nodes }: DevNetwork): Check {
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

export function valuesDiffer(rounds: readonly AuditedRound[]): Check {
  const differing = rounds.flatMap(({ observed }) => observed).filter((values) => new Set(values).size > 1).length;
  return check(
    "nodes saw different values",
    differing > 0 ? [] : ["all observations of every feed were equal"],
    `${differing} feed observations differ between nodes`,
  );
}

/** Each answer must be the median of the round that stored it: of this one, or of the last one in which the feed was due. */
export function answersMatch({ records, rounds }: AuditedRecords): Check {
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

export function isStored({ stored }: RoundRecord["transmission"], lane: number): boolean {
  return ((stored >>> lane) & 1) === 1;
}

export function liarHeard({ records }: Finished): Check {
  const heard = records.filter(({ view }) =>
    view?.observations.some(({ observer }) => observer === LIAR_MEMBER),
  ).length;
  return check(
    "the liar was heard",
    heard === 0 ? ["no report contains its observation"] : [],
    `in ${heard} of ${records.length} reports`,
  );
}

export function answersInHonestRange({ records, rounds }: AuditedRecords): Check {
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

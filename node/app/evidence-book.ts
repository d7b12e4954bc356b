import type { Log } from "../../core/ports/log.ts";
import type { Equivocation } from "../../core/types/evidence.ts";
import type { Journal } from "../admin/journal.ts";
import type { RoundMetrics } from "../rounds/metrics.ts";

export interface EvidenceBookOptions {
  /** Index of the configuration. */
  readonly committee: number;
  /** What the node witnessed in earlier runs. */
  readonly known: readonly Equivocation[];
}

export interface EvidenceBookDeps {
  readonly log: Log;
  readonly journal: Journal;
  readonly metrics: Pick<RoundMetrics, "equivocations">;
}

/** Makes known what the witness found: the evidence itself is in the database. */
export interface EvidenceBook {
  enter(evidence: Equivocation): void;
}

export function createEvidenceBook(
  { committee, known }: EvidenceBookOptions,
  { log, journal, metrics }: EvidenceBookDeps,
): EvidenceBook {
  const accused = new Set<number>();
  const count = ({ member, kind }: Equivocation): void => {
    accused.add(member);
    metrics.equivocations.add(1, { member: String(member), kind, committee: String(committee) });
  };
  known.forEach(count);
  return {
    enter(evidence) {
      const { member, kind, sequence } = evidence;
      const isFirst = !accused.has(member);
      count(evidence);
      journal.publish("evidence", sequence, { member, kind });
      const found = { committee, member, kind, sequence };
      if (isFirst) log.error(found, CONVICTED);
      else log.debug(found, "a member known for it contradicted itself again");
    },
  };
}

const CONVICTED =
  "a member signed two different things for one slot: it is faulty, or its keys are stolen. Hand over what `quorate evidence export` writes, and have it replaced";

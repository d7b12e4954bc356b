import type { RoundBook } from "../round-book.ts";
import type { Ledger, RoundRecord } from "../ledger.ts";
import type { DevNetwork } from "../network.ts";
import type { AuditedRound } from "./audit-round.ts";

/** One expectation about a run. `detail` says what was seen. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

/** A finished run as its checks see it, while everything still stands. */
export interface Finished {
  readonly network: DevNetwork;
  readonly ledger: Ledger;
  readonly book: RoundBook;
  /** The transmitted reports, and beside each what the replay log says of it. */
  readonly records: readonly RoundRecord[];
  readonly rounds: readonly AuditedRound[];
}

const SHOWN_PROBLEMS = 3;

/** Passed unless there are problems; of these the first ones are told, else what was seen. */
export function check(name: string, problems: readonly string[], seen: string): Check {
  return {
    name,
    passed: problems.length === 0,
    detail: problems.length === 0 ? seen : problems.slice(0, SHOWN_PROBLEMS).join("; "),
  };
}

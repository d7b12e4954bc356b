import { assertNever } from "../../../core/errors/assert-never.ts";
import type { CommitteeStatus } from "../../../core/types/committee.ts";
import { slotOf } from "../../../core/types/sequence.ts";

/** What a node shall do for one configuration that lists it. */
export type Goal =
  /** Take part in its rounds. */
  | "run"
  /** Its rounds are over; proofs of what it brought to the chain are still delivered. */
  | "settle"
  /** Nothing. */
  | "rest"
  /** Nothing, from this instant on: whatever still waits to be sent is never sent. */
  | "abandon";

export interface GoalInput {
  /** Sequence of the newest report that the hub took from any committee. */
  readonly lastSequence: bigint;
  /** Unix seconds. */
  readonly now: number;
}

/** A retired committee goes on until its successor has reported or its deadline has passed, so that no feed waits. */
export function goalOf({ state, index, validUntil }: CommitteeStatus, { lastSequence, now }: GoalInput): Goal {
  switch (state) {
    case "staged":
      return "rest";
    case "active":
      return "run";
    case "retired":
      return slotOf(lastSequence).configIndex > index || now >= validUntil ? "settle" : "run";
    case "revoked":
      return "abandon";
    default:
      return assertNever(state);
  }
}

import type { Meter } from "../../../core/ports/meter.ts";
import { type Phase, PHASES } from "./phase.ts";

export function createCommitteeMetrics(meter: Meter) {
  const state = meter.gauge({
    name: "committee_state",
    help: "1 for what this node does for each committee, by configuration index; 0 for the rest.",
    labels: ["committee", "state"],
  });
  return {
    failures: meter.counter({
      name: "committee_start_failures_total",
      help: "Attempts to take part in a committee that failed.",
      labels: ["code"],
    }),
    enter(index: number, phase: Phase): void {
      for (const known of PHASES) state.set(known === phase ? 1 : 0, { committee: String(index), state: known });
    },
  };
}

export type CommitteeMetrics = ReturnType<typeof createCommitteeMetrics>;

import type { Meter } from "../../core/ports/meter.ts";

const ROUND_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const CHAIN_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createRoundMetrics(meter: Meter) {
  return {
    stages: meter.histogram({
      name: "round_stage_seconds",
      help: "Time from a round's first sign to each stage.",
      labels: ["stage"],
      buckets: ROUND_SECONDS,
    }),
    finals: meter.counter({ name: "rounds_final_total", help: "Rounds that ended in a final report." }),
    ahead: meter.counter({
      name: "observed_ahead_total",
      help: "Observations begun before their round, by what became of them.",
      labels: ["result"],
    }),
    recovered: meter.counter({ name: "finals_recovered_total", help: "Final reports fetched from other members." }),
    served: meter.counter({ name: "finals_served_total", help: "Final reports sent to members that asked for them." }),
    epoch: meter.gauge({
      name: "epoch",
      help: "Current epoch of each committee, by configuration index; 0 once it is over.",
      labels: ["committee"],
    }),
    silent: meter.gauge({
      name: "protocol_silent",
      help: "1 while this node, having lost its memory, binds itself in nothing.",
      labels: ["committee"],
    }),
    equivocations: meter.counter({
      name: "equivocations_total",
      help: "Members that signed two different things of one kind for one slot; the evidence is stored.",
      labels: ["member", "kind", "committee"],
    }),
    missingFeeds: meter.gauge({
      name: "feed_missing_rounds",
      help: "Final reports in a row that lack the feed.",
      labels: ["feed"],
    }),
    verdicts: meter.counter({
      name: "messages_refused_total",
      help: "Peer messages that were dropped.",
      labels: ["kind", "verdict", "code"],
    }),
    transmissions: meter.counter({
      name: "transmissions_total",
      help: "Final reports by what became of their transmission.",
      labels: ["result"],
    }),
    proofs: meter.counter({ name: "proofs_total", help: "Proof jobs by result.", labels: ["result"] }),
    provingSeconds: meter.histogram({
      name: "proof_seconds",
      help: "Witness generation and proving.",
      buckets: CHAIN_SECONDS,
    }),
  };
}

export type RoundMetrics = ReturnType<typeof createRoundMetrics>;

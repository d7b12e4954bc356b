import { STRATEGY_NAMES } from "./adversaries/names.ts";
import type { RunReport } from "./run.ts";

/** Runs of fewer schedules need not have seen everything. */
const SMALLEST_RUN = 200;

/** How often each thing must have happened in 1,000 schedules: a fraction of what it does, so that no seed matters. */
const PER_THOUSAND: Readonly<Record<string, number>> = {
  ...Object.fromEntries(STRATEGY_NAMES.map((name) => [`adversary: ${name}`, 20])),
  "crash: before storing": 20,
  "crash: before send": 5,
  "crash: before broadcast": 20,
  "crash: before observe": 2,
  "crash: before stage": 20,
  "crash: after all effects": 20,
  "crash: disk refuses": 20,
  "crash: disk lost": 10,
  "memory regained": 10,
  "contradictions heard: proposal": 20,
  "contradictions heard: report": 20,
  "contradictions heard: observation": 20,
  "evidence: proposal": 20,
  "evidence: report": 20,
  "evidence: observation": 20,
  "finals recovered": 20,
  "finals served": 20,
  "frames that are no message": 20,
  partitions: 20,
};

/** What a run did not try often enough to mean anything. */
export function coverageGaps({ schedules, tally }: RunReport): readonly string[] {
  if (schedules < SMALLEST_RUN) return [];
  return Object.entries(PER_THOUSAND).flatMap(([name, perThousand]) => {
    const [count, least] = [tally[name] ?? 0, Math.max(1, Math.floor((perThousand * schedules) / 1_000))];
    return count < least ? [`${name}: ${count} times, not ${least}`] : [];
  });
}

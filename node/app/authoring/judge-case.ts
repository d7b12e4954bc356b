import { isDeepStrictEqual } from "node:util";
import type { Expectation } from "./test-case.ts";
import type { SeenCase } from "./run-case.ts";
import { seenOutcome } from "./seen-outcome.ts";

export interface Judgement {
  /** What is not as expected, a line each. */
  readonly differences: readonly string[];
  /** What could not be compared, a line each. */
  readonly notes: readonly string[];
}

const COMPARED = ["requests", "value", "failure", "message", "writes", "metrics", "logs"] as const;

/** Holds what was seen against what the case expects. Fuel is exact, under the rules with which it was recorded. */
export function judgeCase(expected: Expectation, seen: SeenCase): Judgement {
  const differences = seen.unrecorded.map((request) => `no response is recorded for ${request}`);
  const notes: string[] = [];
  if (expected.value === undefined && expected.failure === undefined)
    differences.push(`the case expects neither a value nor a failure: seen ${seenOutcome(seen)}`);
  for (const key of COMPARED) {
    const isOutcome = key === "value" || key === "failure";
    const wanted = expected[key];
    if (wanted === undefined || isDeepStrictEqual(wanted, seen[key])) continue;
    differences.push(`${key}: expected ${shown(wanted)}, seen ${isOutcome ? seenOutcome(seen) : shown(seen[key])}`);
  }
  if (expected.fuel !== undefined) {
    if ((expected.rules ?? seen.rules) !== seen.rules)
      notes.push(
        `fuel recorded under rules ${expected.rules ?? ""}, this release has ${seen.rules}: not compared (--update records it)`,
      );
    else if (!isDeepStrictEqual(expected.fuel, seen.fuel))
      differences.push(`fuel: expected ${shown(expected.fuel)}, seen ${shown(seen.fuel)}`);
  }
  return { differences, notes };
}

/** Part of an expectation, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

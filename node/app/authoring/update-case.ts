import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import { shown } from "./judge-case.ts";
import type { SeenCase } from "./run-case.ts";
import type { CaseFile, Expectation } from "./test-case.ts";

/** Width to which a case's long lines are folded: none. */
const LINE_WIDTH = 0;

/**
 * Writes what was seen into a case that expects something else. All besides stays as its author wrote it.
 * @returns what it expects now and did not before, a line each.
 */
export async function updateCase({ file, text, test }: CaseFile, seen: SeenCase): Promise<string[]> {
  const expected = expectationOf(seen, test.expect);
  const changes = changesBetween(test.expect, expected);
  if (changes.length === 0) return changes;
  const document = parseDocument(text);
  document.set("expect", expected);
  await writeFile(file, document.toString({ lineWidth: LINE_WIDTH }));
  return changes;
}

/** Effects are listed where there are any, and a failure's message where the author cares for it. */
function expectationOf(seen: SeenCase, before: Expectation): Expectation {
  const { requests, value, failure, message, rules, fuel, writes, metrics, logs } = seen;
  return {
    requests,
    ...(value === undefined ? { failure } : { value }),
    ...(before.message !== undefined && message !== undefined && { message }),
    ...{ rules, fuel },
    ...((before.writes ?? Object.keys(writes).length > 0) && { writes }),
    ...((before.metrics ?? metrics.length > 0) && { metrics }),
    ...((before.logs ?? logs.length > 0) && { logs }),
  };
}

function changesBetween(before: Expectation, after: Expectation): string[] {
  const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])] as (keyof Expectation)[];
  const changed = keys.filter((key) => !isDeepStrictEqual(before[key], after[key]));
  return changed.map((key) => `${key}: ${shown(before[key])} → ${shown(after[key])}`);
}

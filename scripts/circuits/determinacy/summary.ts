import type { Determinacy } from "./check.ts";

/** Lines of undetermined signals that are shown: one for all elements of an array. */
const MAX_LINES = 20;

/** What was found, for people. */
export function summarize(circuit: string, found: Determinacy): string[] {
  const { signals, byRules, byClaims, byChoice, undetermined, stale } = found;
  const counts = [
    `${byRules} by the rules alone`,
    `${byClaims} by what circuits/determinacy.yaml says to hold`,
    `${byChoice} once the prover has chosen what it may`,
  ];
  const groups = [...groupsOf(undetermined)];
  return [
    `${circuit}: of ${signals} signals the inputs determine ${counts.join(", ")}`,
    ...groups
      .slice(0, MAX_LINES)
      .map(([name, count]) => `not determined: ${name}${count > 1 ? `, ${count} signals` : ""}`),
    ...(groups.length > MAX_LINES ? [`and ${groups.length - MAX_LINES} more names`] : []),
    ...stale.map((complaint) => `take it out of circuits/determinacy.yaml: ${complaint}`),
  ];
}

/** Names with `[*]` for every index, and how many signals have each. */
export function groupsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const groups = new Map<string, number>();
  for (const name of names) {
    const group = name.replaceAll(/\[\d+\]/g, "[*]");
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  return groups;
}

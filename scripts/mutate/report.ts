import type { Verdict } from "./jobs.ts";
import { describeMutant, keyOf, type Mutant, type MutantName } from "./mutant.ts";
import type { Exceptions, Survivor } from "./survivors.ts";

export interface Report {
  readonly mutants: number;
  readonly killed: number;
  /** Known to survive, with the reason. */
  readonly listed: readonly Survivor[];
  /** What was tested lost its process: that tells nothing. */
  readonly lost: readonly Mutant[];
  /** Nothing notices them, and nobody has said why. */
  readonly unlisted: readonly Mutant[];
  /** Listed, but a test kills them. */
  readonly wronglyListed: readonly Survivor[];
  /** Listed, but no such mutant exists any more. */
  readonly gone: readonly Survivor[];
}

/** @param files that were mutated: what is listed of others is not judged. */
export function judge(
  mutants: readonly Mutant[],
  verdicts: ReadonlyMap<number, Verdict>,
  { exceptions, files }: { exceptions: Exceptions; files: ReadonlySet<string> },
): Report {
  const known = new Map(mutants.map((mutant) => [keyOf(mutant), mutant]));
  const survived = mutants.filter(({ id }) => verdicts.get(id)?.kind === "survived");
  const listed = [...exceptions.survivors.values()].filter(({ file }) => files.has(file));
  const isKilled = (name: MutantName) => verdicts.get(known.get(keyOf(name))?.id ?? 0)?.kind === "killed";
  const isSurvivor = (name: MutantName) => verdicts.get(known.get(keyOf(name))?.id ?? 0)?.kind === "survived";
  return {
    mutants: verdicts.size,
    killed: [...verdicts.values()].filter(({ kind }) => kind === "killed").length,
    lost: mutants.filter(({ id }) => verdicts.get(id)?.kind === "lost"),
    listed: listed.filter(isSurvivor),
    unlisted: survived.filter((mutant) => !exceptions.survivors.has(keyOf(mutant))),
    wronglyListed: listed.filter(isKilled),
    gone: listed.filter((name) => !known.has(keyOf(name))),
  };
}

/** One report of several. */
export function joined(reports: readonly Report[]): Report {
  const sum = (field: "mutants" | "killed") => reports.reduce((total, report) => total + report[field], 0);
  return {
    ...{ mutants: sum("mutants"), killed: sum("killed") },
    listed: reports.flatMap(({ listed }) => listed),
    lost: reports.flatMap(({ lost }) => lost),
    unlisted: reports.flatMap(({ unlisted }) => unlisted),
    wronglyListed: reports.flatMap(({ wronglyListed }) => wronglyListed),
    gone: reports.flatMap(({ gone }) => gone),
  };
}

export function isGood({ lost, unlisted, wronglyListed, gone }: Report): boolean {
  return lost.length + unlisted.length + wronglyListed.length + gone.length === 0;
}

export function linesOf(report: Report): string[] {
  const { mutants, killed, listed, lost, unlisted, wronglyListed, gone } = report;
  return [
    ...listed.map((survivor) => `listed: ${describeMutant(survivor)}: ${survivor.reason}`),
    ...lost.map((mutant) => `LOST: line ${mutant.line}: ${describeMutant(mutant)}`),
    ...unlisted.map((mutant) => `SURVIVED: line ${mutant.line}: ${describeMutant(mutant)}`),
    ...wronglyListed.map((survivor) => `KILLED, though listed as a survivor: ${describeMutant(survivor)}`),
    ...gone.map((survivor) => `GONE, though listed as a survivor: ${describeMutant(survivor)}`),
    `${mutants} mutants: ${killed} killed, ${listed.length} survivors listed with their reason, ${unlisted.length} unlisted`,
  ];
}

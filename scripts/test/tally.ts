export interface Skip {
  readonly name: string;
  /** Why it did not run; empty where its author gave no reason. */
  readonly reason: string;
}

/** What became of the tests. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly Skip[];
  /** Failures that are no test's own: a runner that died, a file without tests. Each is counted in `failed` too. */
  readonly faults: readonly string[];
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: [], faults: [] };

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: [...a.skipped, ...b.skipped],
      faults: [...a.faults, ...b.faults],
    }),
    NOTHING,
  );
}

/** A tally of one failure that is no test's own. */
export function fault(message: string): Tally {
  return { ...NOTHING, failed: 1, faults: [message] };
}

/** The tally of a whole run: one that tested nothing has failed. */
export function conclude(tallies: readonly Tally[]): Tally {
  const total = sum(tallies);
  return total.passed + total.failed > 0 ? total : sum([total, fault("no test ran")]);
}

/** The last lines of a run: what was skipped and why, what went wrong outside the tests, and the counts. */
export function closingLines({ passed, failed, skipped, faults }: Tally): string[] {
  const counts = `${passed} passed, ${failed} failed`;
  return [
    ...skipped.map(({ name, reason }) => `skipped: ${name} (${reason === "" ? "no reason given" : reason})`),
    ...faults.map((message) => `fault: ${message}`),
    skipped.length === 0 ? counts : `${counts}, ${skipped.length} skipped`,
  ];
}

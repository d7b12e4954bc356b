/** What the circuit template `PivotMedian` needs besides the values: it checks these, so wrong hints only fail. */
export interface PivotHints {
  readonly median: bigint;
  /** k − 1 bits; bit i says that slot i + 1 holds the median and is exchanged with slot 0. */
  readonly swap: readonly bigint[];
  /** k − 1 bits; bit i puts slot i + 1, after the exchange, on the side that is ≥ the median. Exactly f are set. */
  readonly high: readonly bigint[];
}

/** The median of 2f + 1 signed integers with the hints that show it. @param values an odd number of them, at least 3. */
export function pivotHints(values: readonly bigint[]): PivotHints {
  const f = (values.length - 1) / 2;
  const median = [...values].sort(ascending)[f] ?? 0n;
  const pivot = values.indexOf(median);
  const others = values.slice(1);
  if (pivot > 0) others[pivot - 1] = values[0] ?? 0n;
  let equalOnTop = f - others.filter((value) => value > median).length;
  return {
    median,
    swap: others.map((_, i) => (i === pivot - 1 ? 1n : 0n)),
    high: others.map((value) => (value > median || (value === median && equalOnTop-- > 0) ? 1n : 0n)),
  };
}

/** Hints of a lane that the report leaves out. @param k observations in the proof. */
export function absentHints(k: number): PivotHints {
  const zeros = new Array<bigint>(k - 1).fill(0n);
  return { median: 0n, swap: zeros, high: zeros };
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** The middle one of an odd number of integers. With 2f+1 of which at most f are lies, it lies in the honest range. */
export function median(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = sorted[(sorted.length - 1) / 2];
  if (middle === undefined) throw new RangeError(`a median needs an odd number of values, got ${values.length}`);
  return middle;
}

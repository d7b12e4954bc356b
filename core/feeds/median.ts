/** The middle one of an odd number of integers. With 2f+1 of which at most f are lies, it lies in the honest range. */
export function median(values: readonly bigint[]): bigint {
  if (values.length % 2 === 0) throw new RangeError(`a median needs an odd number of values, got ${values.length}`);
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[(sorted.length - 1) / 2] as bigint;
}

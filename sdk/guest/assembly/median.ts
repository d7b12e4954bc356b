import { Decimal } from "./decimal";

/** The middle value; of an even number of values the mean of the middle two, rounded down. Needs at least one. */
export function median(values: Decimal[]): Decimal {
  const sorted = values.slice();
  for (let end = 1; end < sorted.length; end++) {
    const value = sorted[end];
    let place = end;
    for (; place > 0 && value.isLessThan(sorted[place - 1]); place--) sorted[place] = sorted[place - 1];
    sorted[place] = value;
  }
  const middle = sorted.length >> 1;
  return sorted.length & 1 ? sorted[middle] : Decimal.mean(sorted[middle - 1], sorted[middle]);
}

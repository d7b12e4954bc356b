export type Unit = "bytes" | "handles";

/** A figure as a person reads it. */
export function amountText(value: number, unit: Unit): string {
  return unit === "bytes" ? `${(value / 2 ** 20).toFixed(1)} MiB` : value.toFixed(1);
}

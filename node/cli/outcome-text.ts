import { formatDecimal } from "../../core/feeds/decimal.ts";

/** What became of an observation, as far as it is shown. */
export type ShownOutcome =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "absent"; readonly code: string; readonly message: string };

/** `101.3`, or `no value: guest-failed: no-quote: …` */
export function outcomeText(outcome: ShownOutcome, decimals: number): string {
  return outcome.kind === "value"
    ? formatDecimal(outcome.value, decimals)
    : `no value: ${outcome.code}: ${outcome.message}`;
}

const DIGITS = new Intl.NumberFormat("en-US");

/** `1,234,567` */
export function grouped(number: number | bigint): string {
  return DIGITS.format(number);
}

import { DECIMAL } from "../codec/envelope.ts";
import { QuorateError } from "../errors/quorate-error.ts";
import { MAX_DECIMALS } from "../types/committee.ts";

export interface DecimalErrorData {
  readonly code: "decimals-invalid";
  readonly decimals: number;
}

/**
 * Reads decimal text as an integer scaled by 10^decimals, exactly; digits beyond are cut, toward zero.
 * @param decimals 0…18, else QuorateError<DecimalErrorData>.
 * @returns undefined for anything but `[+-]digits[.digits]`.
 */
export function parseDecimal(text: string, decimals: number): bigint | undefined {
  checkDecimals(decimals);
  const [, sign, whole, fraction = ""] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const magnitude = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

/** The shortest exact text of value / 10^decimals: no exponent, no trailing zeros of the fraction. @param decimals 0…18. */
export function formatDecimal(value: bigint, decimals: number): string {
  checkDecimals(decimals);
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function checkDecimals(decimals: number): void {
  if (Number.isInteger(decimals) && decimals >= 0 && decimals <= MAX_DECIMALS) return;
  throw new QuorateError<DecimalErrorData>(
    { code: "decimals-invalid", decimals },
    `a feed has 0 to ${MAX_DECIMALS} decimals, not ${decimals}`,
  );
}

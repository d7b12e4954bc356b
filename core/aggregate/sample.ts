/** Longer text is refused: any double written out exactly has fewer characters. */
const MAX_TEXT = 4_096;
/** Numbers from 10^60 units on count as 10^60: beyond every range, whose ends are below 2^65. */
const MAX_DIGITS = 60;
const BEYOND = 10n ** BigInt(MAX_DIGITS);
const NUMBER = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * A sample as an integer in units of 10^−decimals; digits beyond are cut, toward zero. Whether an epoch is published must not
 * depend on a sample's value, so every number is taken, however large, small or long: a JavaScript number as its shortest decimal
 * text, ±Infinity, which JSON.parse makes of numbers beyond 10^308, as the largest.
 * @param sample of any origin. @param decimals 0 or more.
 * @returns undefined for what is no number: another type, NaN, and text that is none or has more than 4,096 characters.
 */
export function readSample(sample: unknown, decimals: number): bigint | undefined {
  if (sample === Infinity) return BEYOND;
  if (sample === -Infinity) return -BEYOND;
  const text = typeof sample === "number" ? String(sample) : sample;
  if (typeof text !== "string" || text.length > MAX_TEXT) return undefined;
  const [, sign, whole, fraction = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  const magnitude = shifted(digits, Number(exponent) - fraction.length + decimals);
  return sign === "-" ? -magnitude : magnitude;
}

/** digits · 10^places, cut to a whole number, at most `BEYOND`. @param places may be infinite. */
function shifted(digits: string, places: number): bigint {
  const length = digits.length + places;
  if (digits === "" || length <= 0) return 0n;
  if (length > MAX_DIGITS) return BEYOND;
  return BigInt(digits.slice(0, length).padEnd(length, "0"));
}

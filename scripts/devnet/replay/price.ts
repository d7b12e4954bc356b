/** Prices are integers of 10⁻⁸ throughout the replay; no float touches them. */
const PRICE_DECIMALS = 8;

const DECIMAL = /^(-?)(\d{1,20})(?:\.(\d{1,8}))?$/;

/** Decimal text with at most 8 fraction digits as an integer of 10⁻⁸; `undefined` for anything else. */
export function parsePrice(text: string): bigint | undefined {
  const [, sign, whole = "", fraction = ""] = DECIMAL.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const digits = BigInt(whole + fraction.padEnd(PRICE_DECIMALS, "0"));
  return sign === "-" ? -digits : digits;
}

/** Decimal text with exactly `decimals` (1…8) fraction digits, truncated toward zero; zero has no sign. */
export function formatPrice(price: bigint, decimals: number): string {
  const scaled = price / 10n ** BigInt(PRICE_DECIMALS - decimals);
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(decimals + 1, "0");
  return `${scaled < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

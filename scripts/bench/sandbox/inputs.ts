/** One price, as an exchange would answer: 50 bytes. */
export const SMALL = documentOf(50);
/** A list of tickers with the price at its end: 50,000 bytes. */
export const LARGE = documentOf(50_000);

const PRICE = "64321.5";

/** A well-formed JSON document of exactly `length` bytes (at least 50) that the guest reads to its end. */
function documentOf(length: number): Uint8Array {
  const tail = `"bitcoin":{"usd":64321.5},"pad":"`;
  const rows: string[] = [];
  const row = (index: number) =>
    `{"id":${index},"pair":"COIN${index}/USD","bid":"${index}.25","ask":${index}.5e0,"ok":true}`;
  const size = () => `{"rows":[${rows.join(",")}],${tail}"}`.length;
  if (length > 200) {
    for (let bytes = size(); bytes + 80 < length;) {
      rows.push(row(rows.length));
      bytes += row(rows.length).length + 1;
    }
  }
  const head = rows.length === 0 ? "{" : `{"rows":[${rows.join(",")}],`;
  const text = `${head}${tail}`;
  return new TextEncoder().encode(`${text.padEnd(length - 2, "x")}"}`);
}

/** Whether a host's answer is the price: a benchmark of wrong answers would measure nothing. */
export function requirePrice(answer: string): void {
  if (answer.trim() !== PRICE && answer.trim() !== `value ${PRICE}`) {
    throw new TypeError(`the guest answered ${JSON.stringify(answer)} instead of ${PRICE}`);
  }
}

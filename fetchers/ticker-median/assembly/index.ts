// The median of the last prices of several exchanges, exact to 18 decimals.

import { Decimal } from "../../../sdk/guest/assembly/decimal";
import { Input, Requests, fail, value } from "../../../sdk/guest/assembly/envelope";
import { Json } from "../../../sdk/guest/assembly/json";
import { median } from "../../../sdk/guest/assembly/median";

export { alloc } from "../../../sdk/guest/assembly/abi";

/** Source ids, and the names of the parameters that give each exchange's own spelling of the symbol. */
const EXCHANGES: StaticArray<string> = ["coinbase", "kraken", "bitstamp", "gemini"];
/** A price that one exchange alone vouches for is none, unless the manifest says so. */
const DEFAULT_MINIMUM: u32 = 2;

export function requests(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  const list = new Requests();
  for (let index = 0; index < EXCHANGES.length; index++) {
    const symbol = input.param(EXCHANGES[index]);
    if (symbol.length > 0) list.get(EXCHANGES[index], tickerPath(EXCHANGES[index], symbol));
  }
  return list.answer();
}

export function observe(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  const prices: Decimal[] = [];
  for (let index = 0; index < input.responses.length; index++) {
    const response = input.responses[index];
    const price = lastPrice(response.source, response.json()).decimal();
    if (price !== null) prices.push(price);
  }
  const minimum = max(input.count("minimum", DEFAULT_MINIMUM), 1);
  if ((prices.length as u32) >= minimum) return value(median(prices));
  return fail("too-few-sources", prices.length.toString() + " prices, at least " + minimum.toString() + " needed");
}

function tickerPath(exchange: string, symbol: string): string {
  if (exchange == "coinbase") return "/products/" + symbol + "/ticker";
  if (exchange == "kraken") return "/0/public/Ticker?pair=" + symbol;
  if (exchange == "bitstamp") return "/api/v2/ticker/" + symbol + "/";
  return "/v1/pubticker/" + symbol;
}

function lastPrice(exchange: string, ticker: Json): Json {
  if (exchange == "coinbase") return ticker.get("price");
  if (exchange != "kraken") return ticker.get("last");
  // Kraken reports errors with status 200, and names the pair in its own way.
  const failed = !ticker.get("error").isEmptyArray;
  return failed ? Json.missing() : ticker.get("result").first().get("c").at(0);
}

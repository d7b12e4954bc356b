// fetcher-name: the middle of bid and ask.

import { Decimal } from "./quorate/decimal";
import { Input, Requests, fail, value } from "./quorate/envelope";

export { alloc } from "./quorate/abi";

export function requests(pointer: usize, length: usize): u64 {
  const list = new Requests();
  list.get("book", "/" + Input.read(pointer, length).param("symbol") + ".json");
  return list.answer();
}

export function observe(pointer: usize, length: usize): u64 {
  const response = Input.read(pointer, length).responses[0];
  const book = response.json();
  const bid = book.get("bid").decimal();
  const ask = book.get("ask").decimal();
  if (bid === null || ask === null) return fail("no-quote", "no bid and ask: " + response.outcome);
  return value(Decimal.mean(bid, ask));
}

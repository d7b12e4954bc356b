// Passes on one reading of one source: a plain decimal number, such as a cell of a weather station's CSV file.

import { Decimal } from "../../../sdk/guest/assembly/decimal";
import { Input, Requests, fail, value } from "../../../sdk/guest/assembly/envelope";

export { alloc } from "../../../sdk/guest/assembly/abi";

export function requests(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  const list = new Requests();
  list.get(input.param("source"), input.param("path"));
  return list.answer();
}

export function observe(pointer: usize, length: usize): u64 {
  const responses = Input.read(pointer, length).responses;
  if (responses.length != 1) return fail("no-response", "one response is needed");
  if (!responses[0].ok) return fail("source-failed", responses[0].outcome);
  const reading = Decimal.parse(responses[0].text().trim());
  return reading === null ? fail("no-number", "the reading is no plain decimal number") : value(reading);
}

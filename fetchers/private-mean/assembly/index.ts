// The mean over devices that each publish the mean of private samples with noise. A device counts if the node found its proof to hold.

import { Decimal } from "../../../sdk/guest/assembly/decimal";
import { Input, Requests, fail, value } from "../../../sdk/guest/assembly/envelope";

export { alloc } from "../../../sdk/guest/assembly/abi";

/** One device's noise is as large as its readings. */
const DEFAULT_MINIMUM: u32 = 2;

export function requests(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  const devices = input.param("devices").split(" ");
  const list = new Requests();
  for (let index = 0; index < devices.length; index++) list.get(devices[index], input.param("document") + "#mean");
  return list.answer();
}

export function observe(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  let sum = Decimal.fromWhole(0);
  let proven: u32 = 0;
  let reasons = "";
  for (let index = 0; index < input.responses.length; index++) {
    const response = input.responses[index];
    const mean = response.ok ? Decimal.parse(response.text()) : null;
    if (mean === null) {
      reasons += " " + response.source + " " + response.outcome;
      continue;
    }
    const next = sum.plus(mean);
    if (next === null) return fail("too-large", "the sum does not fit a decimal");
    sum = next;
    proven++;
  }
  const minimum = max(input.count("minimum", DEFAULT_MINIMUM), 1);
  if (proven < minimum) return fail("too-few-proven", (proven.toString() + " count:" + reasons).slice(0, 200));
  const mean = sum.over(Decimal.fromWhole(proven));
  return mean === null ? fail("too-large", "the mean does not fit a decimal") : value(mean);
}

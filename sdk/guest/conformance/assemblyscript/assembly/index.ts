// Does with the SDK what the parameters say, so that a test can hold the SDKs of all languages against each other.

import { Decimal } from "../../../assembly/decimal";
import { Input, Requests, fail, value } from "../../../assembly/envelope";
import { Json, JsonItems } from "../../../assembly/json";
import { median } from "../../../assembly/median";

export { alloc } from "../../../assembly/abi";

export function requests(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  const list = new Requests();
  for (let index = input.count("count", 1); index > 0; index--) list.get(input.param("a"), "/" + input.param("b"));
  return list.answer();
}

export function observe(pointer: usize, length: usize): u64 {
  const input = Input.read(pointer, length);
  const result = calculated(input);
  return result === null ? fail("none", input.feed) : value(result);
}

function calculated(input: Input): Decimal | null {
  const operation = input.param("op");
  if (operation == "json") return found(input.responses[0].json(), input.param("path"));
  if (operation == "whole") return Decimal.fromWhole(input.count("a", 7));
  if (operation == "time") return Decimal.fromWhole(input.time as u32);
  if (operation == "median") return middle(input.param("a").split(","));
  const a = Decimal.parse(input.param("a"));
  if (a === null || operation == "parse") return a;
  const b = Decimal.parse(input.param("b"));
  if (b === null) return null;
  if (operation == "plus") return a.plus(b);
  if (operation == "minus") return a.minus(b);
  if (operation == "times") return a.times(b);
  if (operation == "over") return a.over(b);
  if (operation == "mean") return Decimal.mean(a, b);
  return operation == "less" ? truth(a.isLessThan(b)) : null;
}

function middle(texts: string[]): Decimal | null {
  const values: Decimal[] = [];
  for (let index = 0; index < texts.length; index++) {
    const decimal = Decimal.parse(texts[index]);
    if (decimal !== null) values.push(decimal);
  }
  return values.length == 0 ? null : median(values);
}

/** Follows a path of keys and indexes: `*` is the first member, `#` the number of items, `?` whether it is []. */
function found(document: Json, path: string): Decimal | null {
  let json = document;
  const steps = path.split("/");
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index];
    if (step == "#") return Decimal.fromWhole(count(json));
    if (step == "?") return truth(json.isEmptyArray);
    const digit = step.charCodeAt(0) - 0x30;
    if (step == "*") json = json.first();
    else if (digit >= 0 && digit <= 9) json = json.at(digit);
    else json = json.get(step);
  }
  return json.decimal();
}

function count(json: Json): u32 {
  const items = new JsonItems(json);
  let total = 0;
  while (items.next()) total++;
  return total;
}

function truth(yes: bool): Decimal {
  return Decimal.fromWhole(yes ? 1 : 0);
}

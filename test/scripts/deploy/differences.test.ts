import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differencesOf, formatDifference } from "../../../scripts/deploy/differences.ts";

describe("differencesOf", () => {
  for (const [name, described, deployed, expected] of [
    ["equal trees", { a: [{ b: 1n }] }, { a: [{ b: 1n }] }, []],
    ["a number and the same bigint, as ABIs answer", { depth: 24 }, { depth: 24n }, []],
    ["a leaf", { a: { b: 1 } }, { a: { b: 2 } }, ["a.b: described 1, deployed 2"]],
    ["an element of a list", { a: [1, 2] }, { a: [1, 3] }, ["a[1]: described 2, deployed 3"]],
    [
      "a longer list",
      { a: [{ b: "x" }, { b: "y" }] },
      { a: [{ b: "x" }] },
      ['a[1]: described {"b":"y"}, deployed nothing'],
    ],
    ["what is only deployed", { a: undefined }, { a: { big: 5n } }, ['a: described nothing, deployed {"big":"5"}']],
    [
      "two at once, in order",
      { a: 1, b: "x" },
      { a: 2, b: "y" },
      ["a: described 1, deployed 2", "b: described x, deployed y"],
    ],
    [
      "a whole that is missing",
      { configuration: { f: 1 } },
      {},
      ['configuration: described {"f":1}, deployed nothing'],
    ],
  ] satisfies [string, unknown, unknown, string[]][]) {
    it(`tells ${name}`, () => assert.deepEqual(differencesOf(described, deployed).map(formatDifference), expected));
  }
});

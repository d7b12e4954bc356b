import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { aggregateDocument, type ProvenAggregate, readAggregateDocument } from "../../../core/aggregate/document.ts";

const word = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const pair = fc.tuple(word, word);
const FIELDS = {
  ...{ circuit: fc.stringMatching(/^[\x21-\x7e]{1,64}$/), device: fc.constant("meter-1"), feed: fc.constant("a/b") },
  ...{ epoch: fc.nat(), commitment: word, value: fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }) },
  proof: fc.record({ a: pair, b: fc.tuple(pair, pair), c: pair }, { noNullPrototype: true }),
};
const proven: fc.Arbitrary<ProvenAggregate> = fc.record(FIELDS, { noNullPrototype: true });

const EXAMPLE = aggregateDocument({
  ...{ circuit: "local-k4-w32", device: "meter-1", feed: "street/load", epoch: 12, commitment: 5n, value: -7n },
  proof: { a: [1n, 2n], b: [[3n, 4n], [5n, 6n]], c: [7n, 8n] }, // prettier-ignore
});

describe("an aggregate's document", () => {
  it("is read as it was written, through JSON", () => {
    fc.assert(
      fc.property(proven, (given) => {
        assert.deepEqual(readAggregateDocument(JSON.parse(JSON.stringify(aggregateDocument(given)))), given);
      }),
    );
  });

  it("stays below a kilobyte", () => {
    assert.ok(JSON.stringify(EXAMPLE).length < 1024);
  });

  const broken: Readonly<Record<string, readonly unknown[]>> = {
    format: [undefined, "quorate.local-aggregate.v2", 1],
    device: [undefined, "", "two words", "x".repeat(65), 7],
    epoch: [undefined, "12", -1, 1.5, 2 ** 53, null],
    commitment: [undefined, "0x05", 5, `0x${"5".repeat(65)}`, "x".repeat(66)],
    value: [undefined, 7, "", "-0", "+7", "007", "7.0", "1e3", "9".repeat(41)],
    proof: [undefined, "0x", `0x${"0".repeat(511)}`, `0x${"z".repeat(512)}`, []],
  };
  for (const [field, values] of Object.entries(broken)) {
    it(`with a broken ${field} is refused, and the field named`, () => {
      for (const value of values) {
        const read = () => readAggregateDocument({ ...EXAMPLE, [field]: value });
        assert.throws(read, {
          code: "aggregate-document-invalid",
          data: { code: "aggregate-document-invalid", field },
        });
      }
    });
  }

  it("is no list, text, number or nothing", () => {
    for (const json of [[], "document", 7, null, undefined, true])
      assert.throws(() => readAggregateDocument(json), { code: "aggregate-document-invalid" });
  });
});

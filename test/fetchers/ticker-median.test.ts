import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EnvelopeHead, SourceResponse } from "../../core/codec/envelope.ts";
import { formatDecimal, parseDecimal } from "../../core/feeds/decimal.ts";
import { answer, fetcherRun } from "./support/fetcher-run.ts";

const { requests, observe, fuel } = fetcherRun("ticker-median");

const HEAD: EnvelopeHead = {
  feed: "BTC/USD",
  time: 1_700_000_000,
  params: { coinbase: "BTC-USD", kraken: "XBTUSD", bitstamp: "btcusd", gemini: "btcusd" },
};
const minimum = (count: number): EnvelopeHead => ({ ...HEAD, params: { ...HEAD.params, minimum: String(count) } });

// The shapes that the exchanges were recorded with.
const coinbase = (price: string) =>
  answer("coinbase", {
    ask: "64325.3",
    bid: "64321.1",
    volume: "10523.2",
    trade_id: 609_238_471,
    price,
    size: "0.001",
    time: "2024-03-13T10:20:30.123456Z",
    rfq_volume: "14.0",
  });
const kraken = (price: string, error: readonly string[] = [], pair = "XXBTZUSD") =>
  answer("kraken", {
    error,
    result: {
      [pair]: {
        a: ["64325.30000", "1", "1.000"],
        b: ["64325.2", "2", "2.0"],
        c: [price, "0.00312"],
        v: ["1.1", "2.2"],
        p: ["1", "2"],
        t: [10, 20],
        l: ["1", "2"],
        h: ["1", "2"],
        o: "64000.0",
      },
    },
  });
const bitstamp = (price: string) =>
  answer("bitstamp", {
    timestamp: "1710325230",
    open: "64000",
    high: "65000",
    low: "63000",
    last: price,
    volume: "1500.5",
    vwap: "64100",
    bid: "64320",
    ask: "64325",
    side: "0",
    open_24: "64001",
    percent_change_24: "0.50",
  });
const gemini = (price: string) =>
  answer("gemini", {
    bid: "64320.1",
    ask: "64325.3",
    last: price,
    volume: { BTC: "1234.5", USD: "79012345.6", timestamp: 1_710_325_230_000 },
  });
const all = [coinbase, kraken, bitstamp, gemini] as const;
const pick = (prices: readonly string[]) => prices.map((price, index) => (all[index] ?? coinbase)(price));

describe("ticker-median asks", () => {
  it("each exchange in its own spelling", () => {
    assert.deepEqual(requests(HEAD), [
      "GET coinbase /products/BTC-USD/ticker",
      "GET kraken /0/public/Ticker?pair=XBTUSD",
      "GET bitstamp /api/v2/ticker/btcusd/",
      "GET gemini /v1/pubticker/btcusd",
    ]);
  });
  it("only those that have a symbol", () => {
    assert.deepEqual(requests({ ...HEAD, params: { gemini: "btcusd", other: "x" } }), [
      "GET gemini /v1/pubticker/btcusd",
    ]);
    assert.deepEqual(requests({ ...HEAD, params: {} }), []);
  });
});

describe("ticker-median answers", () => {
  const cases: readonly (readonly [what: string, responses: readonly SourceResponse[], expected: string])[] = [
    [
      "the mean of the middle two of four",
      pick(["64321.12345678", "64320.00000", "64322.5", "64319.99"]),
      "64320.56172839",
    ],
    ["the middle one of three", pick(["3", "1", "2"]), "2"],
    ["the mean of two", pick(["1", "2"]), "1.5"],
    ["the mean rounded down", pick(["0.000000000000000001", "0.000000000000000002"]), "0.000000000000000001"],
    ["a negative mean rounded down", pick(["-0.000000000000000001", "-0.000000000000000002"]), "-0.000000000000000002"],
    ["a mean across zero rounded down", pick(["-0.000000000000000001", "0"]), "-0.000000000000000001"],
    ["negative readings", pick(["-7.2", "-7.10", "-7.15", "-9"]), "-7.175"],
    ["zero", pick(["0.0", "0", "-0", "0.00"]), "0"],
    [
      "eighteen digits exactly",
      pick(["64123.123456789012345678", "64123.123456789012345678"]),
      "64123.123456789012345678",
    ],
    [
      "digits beyond the eighteenth cut",
      pick(["1.0000000000000000019", "1.0000000000000000019"]),
      "1.000000000000000001",
    ],
    [
      "nineteen digits before the point",
      pick(["9999999999999999999.999999999999999999", "9999999999999999999.999999999999999999"]),
      "9999999999999999999.999999999999999999",
    ],
    [
      "a negative number of 2^64 units",
      pick(["-18.446744073709551616", "-18.446744073709551616"]),
      "-18.446744073709551616",
    ],
    ["numbers on both sides of 2^63 units", pick(["9.3", "9.1", "9.2"]), "9.2"],
    ["numbers that are no strings", [answer("gemini", '{"last":1.10}'), answer("bitstamp", '{"last":1.20}')], "1.15"],
    ["Kraken under any pair name", [kraken("5", [], "XSP500ZUSD"), coinbase("5")], "5"],
    [
      "JSON with spaces and escapes",
      [answer("gemini", '\n{ "x" : "a\\"}\\u00e9" ,\t"last" : "2" } '), coinbase("2")],
      "2",
    ],
    ["the first of two equal keys", [answer("gemini", '{"last":"2","last":"3"}'), coinbase("2")], "2"],
  ];
  for (const [what, responses, expected] of cases) it(what, () => assert.equal(observe(HEAD, responses), expected));

  it("the median of whatever exchanges send, exactly", () => {
    const price = fc.oneof(fc.bigInt(-(10n ** 37n) + 1n, 10n ** 37n - 1n), fc.bigInt(-(2n ** 66n), 2n ** 66n));
    fc.assert(
      fc.property(fc.array(price, { minLength: 1, maxLength: 4 }), (prices) => {
        const sorted = [...prices].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0n, sorted[sorted.length >> 1] ?? 0n];
        const answered = observe(minimum(1), pick(prices.map((value) => formatDecimal(value, 18))));
        // BigInt's >> rounds down, also below zero.
        assert.equal(parseDecimal(answered, 18), (low + high) >> 1n);
        assert.equal(answered, formatDecimal((low + high) >> 1n, 18));
      }),
    );
  });
});

describe("ticker-median does not count", () => {
  const good = coinbase("10");
  const bad: Readonly<Record<string, SourceResponse>> = {
    "a failed source": { kind: "failed", sourceId: "kraken", code: "timeout" },
    "an error status": answer("bitstamp", { last: "10" }, 500),
    "a redirect status": answer("bitstamp", { last: "10" }, 302),
    "Kraken's error list": kraken("10", ["EQuery:Unknown asset pair"]),
    "Kraken without an error list": answer("kraken", { result: { X: { c: ["10", "1"] } } }),
    "Kraken with an error that is no list": answer("kraken", { error: {}, result: { X: { c: ["10", "1"] } } }),
    "Kraken without a result": answer("kraken", { error: [] }),
    "Kraken with an empty result": answer("kraken", { error: [], result: {} }),
    "Kraken with an empty c": answer("kraken", { error: [], result: { X: { c: [] } } }),
    "an empty body": answer("gemini", ""),
    garbage: answer("gemini", "<html>502 Bad Gateway</html>"),
    "a truncated document": answer("gemini", '{"last":"10","vol'),
    "a truncated document after the price": answer("gemini", '{"last":"10"'),
    "two documents": answer("gemini", '{"last":"10"}{"last":"10"}'),
    "a missing field": answer("gemini", { bid: "10" }),
    "a price of null": answer("gemini", { last: null }),
    "a price that is an object": answer("gemini", { last: { value: "10" } }),
    "a price with an exponent": answer("gemini", '{"last":1e1}'),
    "a price with spaces": answer("gemini", { last: " 10" }),
    "a price with a comma": answer("gemini", { last: "1,000" }),
    "an empty price": answer("gemini", { last: "" }),
    "a sign alone": answer("gemini", { last: "-" }),
    "a point alone": answer("gemini", { last: "." }),
    "a price without digits after the point": answer("gemini", { last: "1." }),
    NaN: answer("gemini", { last: "NaN" }),
    "twenty digits before the point": answer("gemini", { last: "1".repeat(20) }),
    "digits of another script": answer("gemini", { last: "１０" }),
    "an escaped digit": answer("gemini", '{"last":"\\u0031"}'),
    "a price at another level": answer("gemini", { data: { last: "10" } }),
    "a document that is a list": answer("gemini", [{ last: "10" }]),
    "deep nesting": answer("gemini", `{"last":"10","x":${"[".repeat(40)}${"]".repeat(40)}}`),
    "endless nesting": answer("gemini", "[".repeat(30_000)),
    "a long document": answer("gemini", `{"last":"10","x":"${"y".repeat(40_000)}"}`),
    "bytes that are no UTF-8": {
      kind: "answer",
      sourceId: "gemini",
      status: 200,
      body: Uint8Array.of(0xff, 0xfe, 0x00),
    },
  };
  for (const [what, response] of Object.entries(bad)) {
    it(what, () => {
      assert.equal(observe(HEAD, [good, response]), "fail too-few-sources");
      assert.equal(observe(HEAD, [response, good, bitstamp("20")]), "15");
    });
  }

  it("fewer than the minimum", () => {
    assert.equal(observe(HEAD, []), "fail too-few-sources");
    assert.equal(observe(HEAD, [good]), "fail too-few-sources");
    assert.equal(observe(minimum(1), [good]), "10");
    assert.equal(observe(minimum(0), []), "fail too-few-sources");
    assert.equal(observe(minimum(4), pick(["1", "2", "3"])), "fail too-few-sources");
    assert.equal(observe(minimum(4), pick(["1", "2", "3", "4"])), "2.5");
  });
});

describe("ticker-median", () => {
  it("spends the same fuel on the same bytes", () => {
    const responses = pick(["64321.1", "64320.0", "64322.5", "64319.99"]);
    assert.equal(fuel(HEAD, responses), fuel(HEAD, responses));
    assert.ok(fuel(HEAD, responses) < 200_000n);
  });

  it("stays within its fuel whatever one source sends", () => {
    const heavy = [
      "[" + "1,".repeat(16_000) + "1]",
      `{${'"a":1,'.repeat(5_000)}"last":1}`,
      `["${"\\u1234".repeat(5_000)}"]`,
    ];
    for (const body of heavy) {
      assert.ok(body.length <= 32 * 1024);
      assert.notEqual(
        observe(
          HEAD,
          all.map((_, index) => answer(["coinbase", "kraken", "bitstamp", "gemini"][index] ?? "", body)),
        ),
        "fuel-exhausted",
      );
    }
  });

  it("answers something sensible to any bytes", () => {
    const json = fc.json({ maxDepth: 4 });
    const body = fc.oneof(
      json,
      fc.string(),
      fc.tuple(json, fc.nat()).map(([text, cut]) => text.slice(0, cut % (text.length + 1))),
    );
    fc.assert(
      fc.property(fc.array(body, { maxLength: 4 }), (bodies) => {
        const answered = observe(
          HEAD,
          bodies.map((text, index) => answer(["coinbase", "kraken", "bitstamp", "gemini"][index] ?? "", text)),
        );
        assert.equal(answered, "fail too-few-sources");
      }),
    );
  });

  describe("takes as JSON what JSON.parse takes", () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    /** A document counts if it is well-formed: its price is put beside the content. */
    const check = (content: string) => {
      const text = `{"last":"7","x":${content}}`;
      assert.equal(observe(minimum(1), [answer("gemini", text)]), isJson(text) ? "7" : "fail too-few-sources", text);
    };

    const numbers = [
      "0",
      "-0",
      "01",
      "-01",
      "00",
      "-",
      "+1",
      "1.",
      ".1",
      "1.0",
      "1e",
      "1e+",
      "1E-2",
      "1e5",
      "1.5e05",
      "0x1",
      "1_0",
      "1 2",
    ];
    const strings = [
      '"',
      '"\\"',
      '"\\""',
      '"\\u12aF"',
      '"\\u12G4"',
      '"\\u123"',
      '"\\x41"',
      '"\\n\\/"',
      '"\u0001"',
      '"\t"',
      '"\u007f"',
      '"é"',
      "'a'",
    ];
    const lists = ["[]", "[ ]", "[,]", "[1,]", "[,1]", "[1 2]", "[1,2", "[1,2]]", "[[]]", "[[}", "[1]x", "]"];
    const objects = [
      "{}",
      "{ }",
      "{,}",
      '{"a":1,}',
      '{"a"1}',
      '{"a":}',
      "{a:1}",
      '{"a":1 "b":2}',
      "{1:2}",
      '{"a" : {"b" : [ ] } }',
      '{"a":1',
    ];
    const words = ["true", "false", "null", "tru", "truex", "nul", "None", "NaN", "Infinity", "", " ", "//x"];
    for (const content of [...numbers, ...strings, ...lists, ...objects, ...words])
      it(JSON.stringify(content), () => check(content));

    it("whatever it is", () => {
      const symbols = Array.from('[]{}",:\\u0123eE+-. tfn');
      const content = fc.oneof(fc.json({ maxDepth: 3 }), fc.string({ unit: fc.constantFrom(...symbols) }));
      fc.assert(fc.property(content, check), { numRuns: 500 });
    });
  });
});

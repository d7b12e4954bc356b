import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  MAX_ENVELOPE_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_PARAMS,
  MAX_PATH_BYTES,
  MAX_REQUESTS,
  decodeObserveOutput,
  decodeRequestsOutput,
  encodeObserveInput,
  encodeRequestsInput,
  type EnvelopeHead,
  type SourceResponse,
} from "../../../core/codec/envelope.ts";
import { withCode } from "../../support/error-code.ts";

const HEAD: EnvelopeHead = {
  feed: "SP500/USD",
  time: 1_700_000_000,
  params: { kraken: "SP500USD", coinbase: "SP500-USD" },
};
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (output: Uint8Array) => Buffer.from(output).toString("utf8");

/** An independent reader of the format, written from its description. */
function readInput(input: Uint8Array) {
  const rest = { bytes: Buffer.from(input) };
  const line = () => {
    const end = rest.bytes.indexOf("\n");
    const taken = rest.bytes.subarray(0, end).toString("utf8");
    rest.bytes = rest.bytes.subarray(end + 1);
    return taken;
  };
  const [abi, feed, time] = [line(), line(), line()];
  const params = new Map<string, string>();
  for (let next = line(); next !== ""; next = line()) {
    const [, key, value] = /^param (\S+) (.*)$/.exec(next) ?? [];
    params.set(key ?? "?", value ?? "?");
  }
  const responses: unknown[] = [];
  while (rest.bytes.length > 0) {
    const [, index, sourceId, outcome, length] = /^response (\d+) (\S+) (\S+) (\d+)$/.exec(line()) ?? [];
    assert.equal(Number(index), responses.length);
    responses.push({ sourceId, outcome, body: [...rest.bytes.subarray(0, Number(length))] });
    assert.equal(rest.bytes[Number(length)], 0x0a);
    rest.bytes = rest.bytes.subarray(Number(length) + 1);
  }
  return { abi, feed, time, params: Object.fromEntries(params), responses };
}

describe("the input envelopes", () => {
  it("has the documented form", () => {
    const head = "feed SP500/USD\ntime 1700000000\nparam coinbase SP500-USD\nparam kraken SP500USD\n\n";
    assert.equal(text(encodeRequestsInput(HEAD)), `fetcher/1 requests\n${head}`);
    const responses: SourceResponse[] = [
      { kind: "answer", sourceId: "coinbase", status: 200, body: bytes('{"a":1}\n') },
      { kind: "failed", sourceId: "kraken", code: "timeout" },
    ];
    const body = 'response 0 coinbase 200 8\n{"a":1}\n\nresponse 1 kraken error:timeout 0\n\n';
    assert.equal(text(encodeObserveInput(HEAD, responses)), `fetcher/1 observe\n${head}${body}`);
  });

  it("carries any head and any bodies", () => {
    const paramText = fc
      .string({ unit: "grapheme", maxLength: 100 })
      .filter((value) => !/[\p{Cc}\u2028\u2029]/u.test(value));
    const response = fc.oneof(
      fc.record({
        kind: fc.constant("answer"),
        sourceId: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,9}$/),
        status: fc.integer({ min: 100, max: 599 }),
        body: fc.uint8Array({ maxLength: 300 }),
      }),
      fc.record({
        kind: fc.constant("failed"),
        sourceId: fc.constant("s"),
        code: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
      }),
    ) as fc.Arbitrary<SourceResponse>;
    const params = fc.dictionary(fc.stringMatching(/^[a-z0-9._-]{1,64}$/), paramText, { maxKeys: 20 });
    fc.assert(
      fc.property(params, fc.array(response, { maxLength: MAX_REQUESTS }), (given, responses) => {
        const read = readInput(encodeObserveInput({ ...HEAD, params: given }, responses));
        assert.deepEqual(read.params, { ...given });
        const expected = responses.map((entry) =>
          entry.kind === "answer"
            ? { sourceId: entry.sourceId, outcome: String(entry.status), body: [...entry.body] }
            : { sourceId: entry.sourceId, outcome: `error:${entry.code}`, body: [] },
        );
        assert.deepEqual(read.responses, expected);
      }),
    );
  });

  it("does not depend on the order in which parameters were given", () => {
    const reversed = Object.fromEntries(Object.entries(HEAD.params).reverse());
    assert.deepEqual(encodeRequestsInput({ ...HEAD, params: reversed }), encodeRequestsInput(HEAD));
  });

  it("drops the largest bodies where the whole would be too large, and keeps the rest", () => {
    const response = (sourceId: string, length: number): SourceResponse => ({
      kind: "answer",
      sourceId,
      status: 200,
      body: new Uint8Array(length),
    });
    const input = encodeObserveInput(HEAD, [
      response("a", 10),
      response("b", MAX_ENVELOPE_BYTES),
      response("c", 300_000),
      response("d", 700_000),
    ]);
    assert.ok(input.length <= MAX_ENVELOPE_BYTES);
    const outcomes = readInput(input).responses.map((entry) => (entry as { outcome: string }).outcome);
    assert.deepEqual(outcomes, ["200", "error:too-large", "200", "200"]);
  });

  const wrongHeads: readonly (readonly [string, Partial<EnvelopeHead>])[] = [
    ["a feed with a line break", { feed: "A\nB" }],
    ["an empty feed", { feed: "" }],
    ["a feed of 33 characters", { feed: "A".repeat(33) }],
    ["a time with a fraction", { time: 1.5 }],
    ["a negative time", { time: -1 }],
    ["a time beyond uint32", { time: 2 ** 32 }],
    ["a key with a space", { params: { "a b": "1" } }],
    ["a value with a line break", { params: { a: "1\nparam b 2" } }],
    ["a value with a lone surrogate", { params: { a: "\ud800" } }],
    ["a value of 1025 bytes", { params: { a: "é".repeat(512) + "x" } }],
    [
      "65 parameters",
      { params: Object.fromEntries(Array.from({ length: MAX_PARAMS + 1 }, (_, index) => [`p${index}`, ""])) },
    ],
  ];
  for (const [what, wrong] of wrongHeads) {
    it(`refuses ${what}`, () => {
      assert.throws(() => encodeRequestsInput({ ...HEAD, ...wrong }), withCode("envelope-invalid"));
    });
  }

  it("refuses responses that it cannot write", () => {
    const body = new Uint8Array();
    const wrong: SourceResponse[] = [
      { kind: "answer", sourceId: "A", status: 200, body },
      { kind: "answer", sourceId: "a", status: 99, body },
      { kind: "answer", sourceId: "a", status: 600, body },
      { kind: "failed", sourceId: "a", code: "two words" },
    ];
    for (const response of wrong)
      assert.throws(() => encodeObserveInput(HEAD, [response]), withCode("envelope-invalid"));
    const many = Array.from({ length: MAX_REQUESTS + 1 }, (): SourceResponse => ({
      kind: "failed",
      sourceId: "a",
      code: "x",
    }));
    assert.throws(() => encodeObserveInput(HEAD, many), withCode("envelope-invalid"));
  });
});

describe("the output of requests", () => {
  it("is a list of lines", () => {
    assert.deepEqual(decodeRequestsOutput(bytes("GET kraken /0/public/Ticker?pair=XBTUSD\nGET a /\n")), {
      kind: "requests",
      requests: [
        { method: "GET", sourceId: "kraken", path: "/0/public/Ticker?pair=XBTUSD" },
        { method: "GET", sourceId: "a", path: "/" },
      ],
    });
    assert.deepEqual(decodeRequestsOutput(bytes("")), { kind: "requests", requests: [] });
  });

  const line = "GET a /p\n";
  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["another method", bytes("POST a /p\n")],
    ["a path without a slash", bytes("GET a p\n")],
    ["a path with a space", bytes("GET a /p q\n")],
    ["a path with a carriage return", bytes("GET a /p\r\n")],
    ["a path that is no ASCII", bytes("GET a /é\n")],
    ["a path that is too long", bytes(`GET a /${"p".repeat(MAX_PATH_BYTES)}\n`)],
    ["a source in capitals", bytes("GET A /p\n")],
    ["no line end", bytes("GET a /p")],
    ["an empty line", bytes(`${line}\n`)],
    ["too many lines", bytes(line.repeat(MAX_REQUESTS + 1))],
    ["far too many lines", bytes(line.repeat(10_000))],
    ["no UTF-8", new Uint8Array([0x47, 0x45, 0xff, 0x0a])],
    ["a zero byte", bytes("GET a /p\0\n")],
  ];
  for (const [what, output] of wrong) {
    it(`is invalid with ${what}`, () => assert.equal(decodeRequestsOutput(output).kind, "invalid"));
  }

  it("is shown where it is wrong, the line that is", () => {
    const message = (answer: string) => {
      const decoded = decodeRequestsOutput(bytes(answer));
      return decoded.kind === "invalid" ? decoded.message : assert.fail(answer);
    };
    assert.match(message(`${line}GET b`), /; it answered 14 bytes: "GET a \/p\\nGET b" \(no line feed\)$/);
    assert.match(
      message(`${line}POST a /p\n${line}`),
      /^request 1 is no line .*; it answered 10 bytes: "POST a \/p\\n"$/,
    );
    assert.match(message(line.repeat(MAX_REQUESTS + 1)), /; it answered 33$/);
  });

  it("takes exactly the most", () => {
    const output = decodeRequestsOutput(bytes(line.repeat(MAX_REQUESTS)));
    assert.equal(output.kind === "requests" && output.requests.length, MAX_REQUESTS);
  });
});

describe("the output of observe", () => {
  it("is a value or a coded failure", () => {
    assert.deepEqual(decodeObserveOutput(bytes("value -12.5\n")), { kind: "value", decimal: "-12.5" });
    assert.deepEqual(decodeObserveOutput(bytes("fail too-few 1 of 2 °\n")), {
      kind: "failed",
      code: "too-few",
      message: "1 of 2 °",
    });
    assert.deepEqual(decodeObserveOutput(bytes("fail x \n")), { kind: "failed", code: "x", message: "" });
  });

  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["nothing", bytes("")],
    ["no line end", bytes("value 1")],
    ["two lines", bytes("value 1\nvalue 2\n")],
    ["an exponent", bytes("value 1e3\n")],
    ["19 digits of fraction", bytes(`value 0.${"1".repeat(19)}\n`)],
    ["33 digits", bytes(`value ${"1".repeat(33)}\n`)],
    ["a code in capitals", bytes("fail BAD x\n")],
    ["a code that is too long", bytes(`fail ${"a".repeat(33)} x\n`)],
    ["an escape sequence in the message", bytes("fail a \u001b[2J\n")],
    ["a line break in the message", bytes("fail a b\nc\n")],
    ["a line separator in the message", bytes("fail a b\u2028c\n")],
    ["a message that is too long", bytes(`fail a ${"m".repeat(MAX_MESSAGE_BYTES + 1)}\n`)],
    ["a message with too many bytes", bytes(`fail a ${"°".repeat(MAX_MESSAGE_BYTES / 2 + 1)}\n`)],
    ["10 MB", new Uint8Array(10_000_000)],
    ["no UTF-8", new Uint8Array([...bytes("fail a "), 0xc0, 0x80, 0x0a])],
  ];
  for (const [what, output] of wrong) {
    it(`is invalid with ${what}`, () => assert.equal(decodeObserveOutput(output).kind, "invalid"));
  }

  it("is shown where it is wrong", () => {
    const answers: readonly (readonly [string, string])[] = [
      ["", "nothing"],
      ["1", '1 byte: "1" (no line feed)'],
      ["value 1.5", '9 bytes: "value 1.5" (no line feed)'],
      ["value 1e3\n", '10 bytes: "value 1e3\\n"'],
      ['\u001b[2J"\\°\n', '9 bytes: "\\x1b[2J\\"\\\\\\xc2\\xb0\\n"'],
      ["a".repeat(61), `61 bytes: "${"a".repeat(60)}"… (no line feed)`],
    ];
    for (const [answer, shown] of answers) {
      const decoded = decodeObserveOutput(bytes(answer));
      assert.equal(decoded.kind === "invalid" && decoded.message.split("; it answered ")[1], shown);
    }
  });

  it("never throws, nor gives a message that could harm a terminal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (output) => {
        for (const decoded of [decodeObserveOutput(output), decodeRequestsOutput(output)])
          assert.match(
            decoded.kind === "invalid" ? decoded.message : decoded.kind,
            /^[\x20-\x7e]{1,400}…?[\x20-\x7e]*$/,
          );
      }),
    );
  });
});

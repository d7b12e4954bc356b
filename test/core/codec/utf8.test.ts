import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../core/codec/utf8.ts";

describe("utf8", () => {
  it("agrees with the platform's encoder", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
        assert.equal(decodeUtf8(encodeUtf8(text)), text);
      }),
    );
  });

  it("agrees with the platform's strict decoder on any bytes", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const decode = (bytes: Uint8Array) => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    };
    const nearUtf8 = fc.array(
      fc.constantFrom(0x41, 0xc0, 0xc3, 0xe0, 0xed, 0xa0, 0xef, 0xbb, 0xbf, 0xf0, 0x90, 0x80, 0xf4, 0xf5),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(nearUtf8, (bytes) =>
        assert.equal(decodeUtf8(Uint8Array.from(bytes)), decode(Uint8Array.from(bytes))),
      ),
      { numRuns: 2_000 },
    );
  });

  it("refuses lone surrogates", () => assert.throws(() => encodeUtf8("\ud800"), URIError));
});

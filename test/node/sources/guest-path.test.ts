import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAX_PATH_BYTES, pathFault } from "../../../node/sources/guest-path.ts";

const BASE = "https://api.example.com/v1";

describe("pathFault", () => {
  for (const path of [
    "/products/BTC-USD/ticker",
    "/0/public/Ticker?pair=XBTUSD",
    "/api/v2/ticker/btcusd/",
    "/a?from=..&to=/../x",
    "/100%25/caf%C3%A9",
    "/v1..2/...",
    "/@host:80",
    "/",
  ]) {
    it(`lets ${path} pass`, () => assert.equal(pathFault(path), undefined));
  }

  for (const [path, reason] of [
    ["", /slash/],
    ["ticker", /slash/],
    ["//evil.example/x", /slash/],
    ["https://evil.example/", /slash/],
    ["@evil.example/", /slash/],
    ["/..", /segments/],
    ["/a/../../admin", /segments/],
    ["/./a", /segments/],
    ["/a/%2e%2e/b", /segments/],
    ["/a/.%2E/b", /segments/],
    ["/a/%252e%252e/b", /segments/],
    ["/a/%25252e%25252e%25252fb", /segments/],
    ["/a/..%2f..%2fb", /segments/],
    ["/a/..;x/b", /segments/],
    ["/a/%25zz%252e%252e/b", undefined],
    ["/a\\b", /backslash/],
    ["/a%5c..%5cb", /backslash/],
    ["/a b", /printable/],
    ["/a\r\nHost: evil", /printable/],
    ["/a\u0000", /printable/],
    ["/café", /printable/],
    ["/a%0d%0aHost:%20evil", /control/],
    ["/a?x=%250a", /control/],
    ["/a%00.json", /control/],
    ["/a#b", /fragment/],
    ["/100%", /escape/],
    ["/%zz", /escape/],
    [`/${"a".repeat(MAX_PATH_BYTES)}`, /longer/],
  ] as const) {
    it(`refuses ${JSON.stringify(path.slice(0, 60))}`, () => assert.match(pathFault(path) ?? "", reason ?? /^$/));
  }

  it("keeps every path that passes below the base, as the URL parser sees it", () => {
    const nasty = fc.constantFrom(
      "/",
      ".",
      "..",
      "%2e",
      "%2F",
      "%5c",
      "\\",
      "@",
      ":",
      "?",
      "#",
      "%25",
      ";",
      "a",
      "//",
      "\t",
    );
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 12 }), (parts) => {
        const path = `/${parts.join("")}`;
        if (pathFault(path) !== undefined) return;
        const url = new URL(BASE + path);
        assert.equal(url.origin, "https://api.example.com");
        assert.ok(url.pathname.startsWith("/v1/"), url.pathname);
      }),
      { numRuns: 2000 },
    );
  });
});

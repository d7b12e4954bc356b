import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id } from "ethers";
import { roundTraceId, traceparentOf } from "../../../core/codec/trace-id.ts";
import type { Hex } from "../../../core/types/hex.ts";

const CONFIG = id("configuration") as Hex;
const FEED = id("feed") as Hex;

describe("trace ids", () => {
  it("are a W3C trace id per round, equal on every node", () => {
    assert.match(roundTraceId(CONFIG, 1n), /^[0-9a-f]{32}$/);
    assert.equal(roundTraceId(CONFIG, 1n), roundTraceId(CONFIG, 1n));
    const ids = [roundTraceId(CONFIG, 1n), roundTraceId(CONFIG, 2n), roundTraceId(FEED, 1n)];
    assert.equal(new Set(ids).size, 3);
  });

  it("make a traceparent whose span names feed, request and member", () => {
    const trace = roundTraceId(CONFIG, 1n);
    const request = { feed: FEED, index: 0, member: 0 };
    assert.match(traceparentOf(trace, request), new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    const spans = [request, { ...request, index: 1 }, { ...request, member: 1 }, { ...request, feed: CONFIG }];
    assert.equal(new Set(spans.map((span) => traceparentOf(trace, span))).size, 4);
  });
});

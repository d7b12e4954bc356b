import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EnvelopeHead } from "../../core/codec/envelope.ts";
import { answer, fetcherRun } from "./support/fetcher-run.ts";

const { requests, observe } = fetcherRun("reading");
const HEAD: EnvelopeHead = {
  feed: "STATION/TEMPERATURE",
  time: 1_700_000_000,
  params: { source: "station", path: "/station.csv#column=temperature&row=last" },
};

describe("reading", () => {
  it("asks its one source", () => {
    assert.deepEqual(requests(HEAD), ["GET station /station.csv#column=temperature&row=last"]);
  });

  it("passes a number on", () => {
    const numbers = {
      "12.8": "12.8",
      "-5.50\n": "-5.5",
      " 0 ": "0",
      "+3": "3",
      "64123.123456789012345678": "64123.123456789012345678",
    };
    for (const [text, decimal] of Object.entries(numbers))
      assert.equal(observe(HEAD, [answer("station", text)]), decimal);
  });

  it("fails for anything else", () => {
    for (const text of ["", "12.8 °C", "1e3", "1 2", "--1", "null"]) {
      assert.equal(observe(HEAD, [answer("station", text)]), "fail no-number", text);
    }
    assert.equal(observe(HEAD, [answer("station", "1", 404)]), "fail source-failed");
    assert.equal(observe(HEAD, [{ kind: "failed", sourceId: "station", code: "not-found" }]), "fail source-failed");
    assert.equal(observe(HEAD, []), "fail no-response");
  });
});

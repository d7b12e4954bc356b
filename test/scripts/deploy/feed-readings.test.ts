import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeBytes32String } from "ethers";
import type { Hex } from "../../../core/types/hex.ts";
import { type FeedReading, findFeed } from "../../../scripts/deploy/feed-readings.ts";
import { withCode } from "../../support/error-code.ts";

function reading(name: string, description: string, proxy?: Hex): FeedReading {
  return {
    ...{ id: encodeBytes32String(name) as Hex, name, description, proxy, decimals: 8 },
    ...{ signed: null, proven: null, isProven: false, due: { state: "not-served" } },
  };
}

describe("findFeed", () => {
  const feeds = [
    reading("ETH/USDT", "ETH/USD"),
    reading("ETH/USD", "Ether"),
    reading("eth/usd", "Ether"),
    reading("EUR/USD", "Euro", `0x${"ab".repeat(20)}`),
    reading("GBP/USD", "EURO"),
    reading("CHF/USD", "Franc"),
  ];

  for (const [what, wanted, found] of [
    ["a name, though it is another's description", "ETH/USD", "ETH/USD"],
    ["a name, though another differs in case alone", "eth/usd", "eth/usd"],
    ["a name in another case", "chf/usd", "CHF/USD"],
    ["an id", encodeBytes32String("GBP/USD"), "GBP/USD"],
    ["an id in upper case", encodeBytes32String("GBP/USD").toUpperCase().replace("0X", "0x"), "GBP/USD"],
    ["a proxy in mixed case", `0x${"aB".repeat(20)}`, "EUR/USD"],
    ["a description", "Franc", "CHF/USD"],
    ["a description in another case", "franc", "CHF/USD"],
    ["a description, though another differs in case alone", "EURO", "GBP/USD"],
  ] as const) {
    it(`knows ${what}`, () => {
      assert.equal(findFeed(feeds, wanted).name, found);
    });
  }

  for (const [what, wanted, named] of [
    ["a description of two feeds", "Ether", ["ETH/USD", "eth/usd"]],
    ["a description that fits two in no case", "euRO", ["EUR/USD", "GBP/USD"]],
    ["a name that fits two in no case", "Eth/Usd", ["ETH/USD", "eth/usd"]],
  ] as const) {
    it(`refuses ${what}, and tells them by their ids`, () => {
      const ids = named.map((name) => encodeBytes32String(name));
      assert.throws(
        () => findFeed(feeds, wanted),
        (error) => {
          for (const id of ids) assert.ok((error as Error).message.includes(id));
          assert.deepEqual((error as { data?: { ids?: unknown } }).data?.ids, ids);
          return withCode("feed-ambiguous")(error);
        },
      );
    });
  }
});

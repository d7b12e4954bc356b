import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeBytes32String } from "ethers";
import { DEVELOPMENT_TIMING, FEED_DECIMALS, feedSpec, RECORDED_FEEDS } from "../../../scripts/devnet/feeds.ts";
import { RECORDINGS } from "../../../scripts/devnet/replay/recordings.ts";

const MODULE_DIGEST = `0x${"ab".repeat(32)}` as const;

describe("feedSpec", () => {
  for (const feed of RECORDED_FEEDS) {
    it(`scales the bounds of ${feed.name} and names it on chain`, () => {
      const { id, decimals, min, max, moduleDigest } = feedSpec(feed, MODULE_DIGEST);
      assert.equal(decodeBytes32String(id), feed.name);
      assert.deepEqual([decimals, moduleDigest], [FEED_DECIMALS, MODULE_DIGEST]);
      assert.deepEqual([min, max], [BigInt(feed.min) * 10n ** 8n, BigInt(feed.max) * 10n ** 8n]);
    });
  }
});

describe("RECORDED_FEEDS", () => {
  it("are the recorded series, each once", () => {
    assert.deepEqual(
      RECORDED_FEEDS.map(({ symbol }) => symbol),
      RECORDINGS.map(({ symbol }) => symbol),
    );
    assert.equal(new Set(RECORDED_FEEDS.map(({ name }) => name)).size, RECORDED_FEEDS.length);
  });
});

describe("DEVELOPMENT_TIMING", () => {
  it("gives a leader more time than a round takes", () => {
    assert.ok(DEVELOPMENT_TIMING.deltaProgress > DEVELOPMENT_TIMING.deltaRound);
    assert.ok(DEVELOPMENT_TIMING.deltaGrace < DEVELOPMENT_TIMING.deltaRound);
  });
});

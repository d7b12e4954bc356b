import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ROUNDS_UNTIL_MISSING, watchMissingFeeds } from "../../../node/rounds/missing-feeds.ts";
import { createProtocolFixture, fixtureSequence } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { recordedMetrics } from "./fixtures.ts";

const { report, feeds } = (await createProtocolFixture()).final(fixtureSequence(1));
const [BOTH, FIRST_ALONE] = [0b11, 0b01];

function watched() {
  const log = createRecordingLog();
  const { metrics, meter } = recordedMetrics();
  const watch = watchMissingFeeds({ feeds: ["BTC", "ETH"] }, { log, metrics });
  const hear = (mask: number, times = 1) => {
    for (let i = 0; i < times; i++) watch.onFinal({ report, feeds: { ...feeds, mask } });
  };
  const missed = (feed: string) => meter.last("feed_missing_rounds", { feed });
  return { watch, hear, missed, lines: log.lines };
}

describe("a feed that the reports lack", () => {
  it("is counted round by round, and told of once after three", () => {
    const { hear, missed, lines } = watched();
    hear(FIRST_ALONE, ROUNDS_UNTIL_MISSING - 1);
    assert.deepEqual([missed("BTC"), missed("ETH"), lines.length], [0, ROUNDS_UNTIL_MISSING - 1, 0]);
    hear(FIRST_ALONE, 4);
    assert.equal(missed("ETH"), ROUNDS_UNTIL_MISSING + 3);
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields.feed]),
      [["warn", "ETH"]],
    );
  });

  it("is well again with one report that has it, and told of again when it fails again", () => {
    const { hear, missed, lines } = watched();
    hear(FIRST_ALONE, ROUNDS_UNTIL_MISSING);
    hear(BOTH);
    assert.equal(missed("ETH"), 0);
    hear(FIRST_ALONE, ROUNDS_UNTIL_MISSING);
    assert.deepEqual(
      lines.map(({ level }) => level),
      ["warn", "info", "warn"],
    );
  });

  it("is nothing to one that misses a round now and then", () => {
    const { hear, lines } = watched();
    for (let i = 0; i < 10; i++) {
      hear(FIRST_ALONE, ROUNDS_UNTIL_MISSING - 1);
      hear(BOTH);
    }
    assert.deepEqual(lines, []);
  });

  it("is missing no longer when the committee is over", () => {
    const { watch, hear, missed } = watched();
    hear(FIRST_ALONE, 5);
    watch.clear();
    assert.equal(missed("ETH"), 0);
  });
});

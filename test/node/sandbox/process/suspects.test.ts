import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Hex } from "../../../../core/types/hex.ts";
import { CLEARING_ANSWERS, DEATHS_TO_QUARANTINE, Suspects } from "../../../../node/sandbox/process/suspects.ts";

const [bad, good]: [Hex, Hex] = ["0xbad0", "0x600d"];
const MINUTES = 60_000;

describe("the suspects of a dead process", () => {
  let now = 0;
  let suspects: Suspects;
  const die = (...modules: readonly Hex[]) => suspects.died(new Set(modules));
  beforeEach(() => {
    now = 0;
    suspects = new Suspects({ now: () => now });
  });

  it("are all modules that were in flight, and no other", () => {
    die(bad, good);
    assert.deepEqual(
      [bad, good, "0x07" as const].map((module) => suspects.isSuspect(module)),
      [true, true, false],
    );
  });

  it("are cleared by answers", () => {
    die(bad);
    for (let answer = 1; answer < CLEARING_ANSWERS; answer++) suspects.answered(bad);
    assert.equal(suspects.isSuspect(bad), true);
    suspects.answered(bad);
    assert.equal(suspects.isSuspect(bad), false);
  });

  it("are quarantined after three deaths in which they were alone", () => {
    assert.deepEqual([die(bad), die(bad), die(bad)], [undefined, undefined, bad]);
    assert.equal(suspects.isQuarantined(bad), true);
    assert.equal(die(bad), undefined, "it is said once");
  });

  it("are not quarantined for deaths in company, however many", () => {
    for (let death = 0; death < 10 * DEATHS_TO_QUARANTINE; death++) assert.equal(die(bad, good), undefined);
    assert.equal(suspects.isQuarantined(bad) || suspects.isQuarantined(good), false);
  });

  it("are not quarantined for deaths that lie further apart than ten minutes", () => {
    for (let death = 0; death < 10; death++) {
      assert.equal(die(bad), undefined);
      now += 6 * MINUTES;
    }
    now -= 5 * MINUTES;
    assert.equal(die(bad), bad, "three within ten minutes are enough, whatever was before");
  });

  it("are told by the process's last words, though others were in flight", () => {
    const seen = Array.from({ length: DEATHS_TO_QUARANTINE }, () => suspects.died(new Set([good]), bad));
    assert.deepEqual(seen, [undefined, undefined, bad]);
    assert.equal(suspects.isQuarantined(good), false);
  });

  it("are forgotten, the oldest first, before they take room without end", () => {
    die(bad);
    for (let other = 0; other < 1_000; other++) die(`0x${other}`, good);
    assert.equal(suspects.isSuspect(bad), false);
    assert.equal(suspects.isSuspect(good), true);
  });
});

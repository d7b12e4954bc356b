import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Hex } from "../../../../core/types/hex.ts";
import {
  CLEARING_ANSWERS,
  DEATHS_TO_QUARANTINE,
  FIRST_QUARANTINE_MS,
  LONGEST_QUARANTINE_MS,
  Suspects,
} from "../../../../node/sandbox/process/suspects.ts";

const [bad, good]: [Hex, Hex] = ["0xbad0", "0x600d"];
const MINUTES = 60_000;

describe("the suspects of a dead process", () => {
  let now = 0;
  let suspects: Suspects;
  const die = (...modules: readonly Hex[]) => suspects.died(new Set(modules))?.module;
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
    const seen = Array.from({ length: DEATHS_TO_QUARANTINE }, () => suspects.died(new Set([good]), bad)?.module);
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

describe("a quarantine", () => {
  let now = 0;
  let suspects: Suspects;
  const die = (module: Hex) => suspects.died(new Set([module]))?.quarantineMs;
  const answers = (times: number) => Array.from({ length: times }, () => suspects.answered(bad));
  beforeEach(() => {
    now = 0;
    suspects = new Suspects({ now: () => now });
    for (let death = 0; death < DEATHS_TO_QUARANTINE; death++) die(bad);
  });

  it("ends after ten minutes; the module is on probation then, and runs alone", () => {
    now = FIRST_QUARANTINE_MS - 1;
    assert.deepEqual([suspects.isQuarantined(bad), suspects.beginsProbation(bad)], [true, false]);
    now = FIRST_QUARANTINE_MS;
    assert.deepEqual([suspects.isQuarantined(bad), suspects.isSuspect(bad)], [false, true]);
    assert.deepEqual([suspects.beginsProbation(bad), suspects.beginsProbation(bad)], [true, false], "said once");
    assert.equal(suspects.beginsProbation(good), false);
  });

  it("follows on a single death in probation, each twice as long as the one before, up to six hours", () => {
    const lengths: (number | undefined)[] = [];
    for (let length = FIRST_QUARANTINE_MS; lengths.length < 7; length = lengths.at(-1) ?? assert.fail()) {
      now += length;
      assert.equal(suspects.isQuarantined(bad), false);
      lengths.push(die(bad));
      assert.equal(suspects.isQuarantined(bad), true);
    }
    assert.deepEqual(
      lengths,
      [20, 40, 80, 160, 320, 360, 360].map((minutes) => minutes * MINUTES),
    );
    assert.equal(LONGEST_QUARANTINE_MS, 360 * MINUTES);
  });

  it("is forgotten once the module has given its answers: the next is a first one again", () => {
    now = FIRST_QUARANTINE_MS;
    assert.deepEqual(answers(CLEARING_ANSWERS + 1), [...Array<boolean>(CLEARING_ANSWERS - 1).fill(false), true, false]);
    assert.equal(suspects.isSuspect(bad), false);
    assert.deepEqual([die(bad), die(bad), die(bad)], [undefined, undefined, FIRST_QUARANTINE_MS]);
  });

  it("is not shortened by answers that come while it lasts", () => {
    answers(CLEARING_ANSWERS);
    assert.equal(suspects.isQuarantined(bad), true);
    now = FIRST_QUARANTINE_MS;
    assert.equal(suspects.isSuspect(bad), true);
  });
});

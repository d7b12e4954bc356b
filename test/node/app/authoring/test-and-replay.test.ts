import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, describe, it } from "node:test";
import { buildModule } from "../../../../node/app/authoring/build/build-module.ts";
import { judgeCase } from "../../../../node/app/authoring/judge-case.ts";
import { readRecord, recordText } from "../../../../node/app/recording/observation-record.ts";
import { replayRecords } from "../../../../node/app/authoring/replay-module.ts";
import type { SeenCase } from "../../../../node/app/authoring/run-case.ts";
import { seenOutcome } from "../../../../node/app/authoring/seen-outcome.ts";
import { readCase } from "../../../../node/app/authoring/test-case.ts";
import { testModule } from "../../../../node/app/authoring/test-module.ts";
import { runModule } from "../../../../node/app/run-module.ts";
import { scratchFolder } from "../../../support/scratch.ts";
import { silentLog } from "../../../support/silent-log.ts";
import { COUNTING_HOST, COUNTING_PROGRAM, fixtureProject, writeFiles } from "./support/fixture-project.ts";

const scratch = scratchFolder();
const folder = path.join(scratch, "counting");
const manifestFile = path.join(folder, "manifest.yaml");
const deps = { log: silentLog };
const CASE = { feed: "ACME/USD", time: 1_795_301_227, responses: [{ source: "book", path: "/acme.json", text: "{}" }] };

before(async () => {
  await fixtureProject(folder, "assemblyscript", { "assembly/index.ts": COUNTING_PROGRAM });
  writeFileSync(manifestFile, `${readFileSync(manifestFile, "utf8")}\nhost: [${COUNTING_HOST.join(", ")}]\n`);
  await buildModule(folder);
});

describe("module test", () => {
  const tests = path.join(folder, "tests");
  const run = async (content: object, update = false) => {
    writeFiles(tests, { "middle.yaml": content, "source-down.yaml": content });
    const { cases } = await testModule({ folder, update }, deps);
    assert.equal(cases.length, 2);
    return cases[0]!;
  };

  it("gives the module its storage, which the first phase changes for the second", async () => {
    const { seen } = await run({ ...CASE, storage: { asked: "1" } });
    assert.equal(seen.value, "11");
    assert.deepEqual(seen.writes, { asked: "11" });
    assert.deepEqual(seen.logs, ["info: asked 11"]);
    assert.deepEqual(seen.metrics, [
      { kind: "counter", name: "rounds_total", label: "a", value: 2 },
      { kind: "gauge", name: "asked", label: "", value: 11 },
    ]);
  });

  it("writes what it saw into the cases, keeps the rest, and then holds them to it", async () => {
    const { changes } = await run({ ...CASE, expect: { value: "7", logs: [] } }, true);
    assert.deepEqual(
      changes.filter((line) => !line.startsWith("fuel")),
      [
        'requests: none → ["GET book /acme.json"]',
        "value: 7 → 1",
        "rules: none → 2",
        'writes: none → {"asked":"1"}',
        'metrics: none → [{"kind":"counter","name":"rounds_total","label":"a","value":2},{"kind":"gauge","name":"asked","label":"","value":1}]',
        'logs: [] → ["info: asked 1"]',
      ],
    );
    const file = path.join(tests, "middle.yaml");
    writeFileSync(file, `# A comment.\n${readFileSync(file, "utf8")}`);
    assert.deepEqual((await testModule({ folder, update: true }, deps)).cases[0]!.changes, []);
    writeFileSync(file, readFileSync(file, "utf8").replace('value: "1"', 'value: "2"'));
    assert.deepEqual((await testModule({ folder, update: true }, deps)).cases[0]!.changes, ["value: 2 → 1"]);
    assert.match(readFileSync(file, "utf8"), /^# A comment\.\n/);
    const { expect } = (await readCase(file)).test;
    assert.deepEqual([expect.value, expect.requests, expect.writes], ["1", ["GET book /acme.json"], { asked: "1" }]);
    const again = (await testModule({ folder }, deps)).cases[0]!;
    assert.deepEqual([again.passed, again.differences, again.notes], [true, [], []]);
    assert.deepEqual(again.seen.fuel, expect.fuel);
  });

  it("shows a failure's message in the module's words, and compares it where it is given", async () => {
    const failing = { ...CASE, storage: { asked: "x" } };
    const { seen, differences } = await run({ ...failing, expect: { failure: "not-asked", message: "other" } });
    assert.deepEqual([seen.failure, seen.message], ["not-asked", "the first phase stored nothing"]);
    assert.deepEqual(differences, ["message: expected other, seen the first phase stored nothing"]);
    assert.equal(seenOutcome(seen), "no value: not-asked (the first phase stored nothing)");
    await run({ ...failing, expect: { failure: "not-asked", message: "other" } }, true);
    const { expect } = (await readCase(path.join(tests, "middle.yaml"))).test;
    assert.equal(expect.message, "the first phase stored nothing");
  });

  it("fails for a request without a response, and for an unknown feed", async () => {
    const { passed, differences } = await run({ ...CASE, responses: [], expect: { value: "1" } });
    assert.equal(passed, false);
    assert.match(differences.join(), /no response is recorded for GET book \/acme\.json/);
    await assert.rejects(run({ ...CASE, feed: "OTHER" }), { code: "feed-unknown" });
  });

  it("refuses cases that are none, and a folder without any", async () => {
    for (const wrong of [
      { ...CASE, time: -1 },
      { ...CASE, extra: 1 },
      { ...CASE, responses: [{ source: "book", path: "/x" }] },
      { ...CASE, responses: [{ source: "book", path: "/x", text: "", error: "timeout" }] },
      { ...CASE, expect: { value: "1", failure: "x" } },
    ])
      await assert.rejects(run(wrong), { code: "config-invalid" }, JSON.stringify(wrong));
    await assert.rejects(testModule({ folder: scratch }, deps), { code: "no-cases" });
  });
});

describe("the judgement of a case", () => {
  const seen: SeenCase = {
    ...{ requests: ["GET s /a"], value: "1", rules: 2, fuel: { requests: 10, observe: 20 } },
    ...{ writes: {}, metrics: [], logs: [], unrecorded: [] },
  };
  const differences = (expected: Parameters<typeof judgeCase>[0]) => judgeCase(expected, seen).differences.length;

  it("compares what is expected and nothing else", () => {
    assert.equal(differences({ value: "1" }), 0);
    assert.equal(differences({ ...seen }), 0);
    assert.equal(differences({ value: "1.0" }), 1);
    assert.equal(differences({ failure: "x" }), 1);
    assert.equal(differences({ value: "1", requests: [] }), 1);
    assert.equal(differences({ value: "1", writes: { a: "b" } }), 1);
    assert.equal(differences({ value: "1", logs: ["info: x"] }), 1);
    assert.equal(differences({}), 1, "a case that expects nothing shows nothing");
  });

  it("compares fuel to the unit, under the rules of its record alone", () => {
    assert.equal(differences({ value: "1", rules: 2, fuel: { requests: 10, observe: 21 } }), 1);
    const other = judgeCase({ value: "1", rules: 1, fuel: { requests: 1, observe: 1 } }, seen);
    assert.deepEqual(other.differences, []);
    assert.match(other.notes.join(), /recorded under rules 1, this release has 2/);
  });
});

describe("module run and replay", () => {
  const [first, second] = [path.join(scratch, "first.json"), path.join(scratch, "second.json")];
  const storageFolder = path.join(scratch, "storage");
  const module = path.join(folder, "build/fixture.wasm");
  const observe = (recordFile: string) =>
    runModule({ manifestFile, feed: "ACME/USD", sources: {}, trust: "author", recordFile, storageFolder }, deps);

  it("keep the storage between runs, and make both runs again from their records", async () => {
    const outcomes = [await observe(first), await observe(second)].map(({ outcome }) => outcome);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === "value" && outcome.value),
      [100_000_000n, 1_100_000_000n],
    );
    assert.notEqual(outcomes[0]!.inputs, outcomes[1]!.inputs, "what was read from the storage is among the inputs");
    const replayed = await replayRecords({ records: [second, first], module }, deps);
    assert.deepEqual(
      replayed.map(({ differences }) => differences),
      [[], []],
    );
    assert.deepEqual(
      replayed.map(({ seen }) => seen),
      [outcomes[1], outcomes[0]],
    );
  });

  it("tell every difference", async () => {
    const record = await readRecord(second);
    const altered = path.join(scratch, "altered.json");
    const lines = async (change: object): Promise<string> => {
      writeFileSync(altered, recordText({ ...record, ...change }));
      const [replayed] = await replayRecords({ records: [altered], module }, deps);
      return [...replayed!.differences, ...replayed!.notes].join("\n");
    };
    assert.equal(await lines({}), "");
    assert.match(
      await lines({ outcome: { ...record.outcome, fuel: record.outcome.fuel + 1n } }),
      /^fuel: recorded \d+, seen \d+$/,
    );
    assert.match(await lines({ outcome: { ...record.outcome, value: 1n } }), /^value: recorded 1, seen 1100000000$/);
    assert.match(await lines({ time: record.time + 1 }), /^inputs: recorded/);
    assert.match(await lines({ reads: { ...record.reads, observe: [] } }), /value: recorded 1100000000, seen none/);
    const [reading] = record.readings;
    const other = { ...reading!, path: "/other.json" };
    assert.match(await lines({ readings: [other] }), /request 0: recorded book \/other\.json, seen book \/acme\.json/);
    assert.match(await lines({ rules: 1, outcome: { ...record.outcome, fuel: 1n } }), /^recorded under fuel rules 1/);
  });

  it("refuse what is no record, and a module of another digest", async () => {
    const bad = path.join(scratch, "bad.json");
    for (const text of [
      "",
      "{}",
      '{"format":"quorate/observation/2"}',
      readFileSync(second, "utf8").replace('"time"', '"when"'),
    ]) {
      writeFileSync(bad, text);
      await assert.rejects(replayRecords({ records: [bad] }, deps), { code: "record-unreadable" });
    }
    const other = path.join(folder, "manifest.yaml");
    await assert.rejects(replayRecords({ records: [second], module: other }, deps), { code: "module-not-found" });
    await assert.rejects(replayRecords({ records: [second] }, deps), { code: "module-not-found", message: /--module/ });
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createJournal, type JournalEvent, MAX_JOURNAL_ROUNDS, MAX_SUBSCRIBERS } from "../../../node/admin/journal.ts";
import { createManualClock } from "../../support/manual-clock.ts";

const START = 1_700_000_000_000;

describe("journal", () => {
  it("keeps the first time of each stage", async () => {
    const clock = createManualClock(START);
    const journal = createJournal({ clock });
    journal.stage("observing", 1n);
    await clock.advance(30);
    assert.deepEqual(journal.stage("observed", 1n).stages, { observing: START, observed: START + 30 });
    await clock.advance(30);
    journal.stage("observing", 1n);
    assert.deepEqual(journal.rounds(), [{ sequence: 1n, stages: { observing: START, observed: START + 30 } }]);
  });

  it("forgets the oldest rounds", () => {
    const journal = createJournal({ clock: createManualClock() });
    for (let sequence = 1n; sequence <= 1_000n; sequence++) journal.stage("final", sequence);
    assert.equal(journal.rounds().length, MAX_JOURNAL_ROUNDS);
    assert.equal(journal.rounds()[0]?.sequence, 1_001n - BigInt(MAX_JOURNAL_ROUNDS));
    assert.equal(journal.rounds().at(-1)?.sequence, 1_000n);
  });

  it("tells its listeners until they leave, a bounded number of them", () => {
    const journal = createJournal({ clock: createManualClock(START) });
    const heard: JournalEvent[] = [];
    const leave = journal.subscribe((event) => heard.push(event));
    journal.publish("transmitted", 5n, { txHash: "0xaa" });
    journal.stage("final", 6n);
    leave?.();
    journal.publish("proven", 5n);
    assert.deepEqual(heard, [
      { type: "transmitted", at: START, sequence: "5", txHash: "0xaa" },
      { type: "stage", at: START, sequence: "6", stage: "final" },
    ]);
    const leaves = Array.from({ length: MAX_SUBSCRIBERS }, () => journal.subscribe(() => undefined));
    assert.ok(leaves.every((one) => one !== undefined));
    assert.equal(
      journal.subscribe(() => undefined),
      undefined,
    );
    leaves[3]?.();
    assert.notEqual(
      journal.subscribe(() => undefined),
      undefined,
    );
  });
});

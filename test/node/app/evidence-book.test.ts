import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Equivocation } from "../../../core/types/evidence.ts";
import { createJournal, type JournalEvent } from "../../../node/admin/journal.ts";
import { createEvidenceBook } from "../../../node/app/evidence-book.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { fixtureSequence } from "../../support/protocol-fixture.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { recordedMetrics } from "../rounds/fixtures.ts";

function contradiction(member: number, round: number): Equivocation {
  const signed = { sequence: fixtureSequence(round), observationsHash: "0xaa", signature: "0xbb" } as const;
  return { kind: "proposal", member, sequence: fixtureSequence(round), first: signed, second: signed };
}

function book(known: readonly Equivocation[] = []) {
  const [log, journal] = [createRecordingLog(), createJournal({ clock: createManualClock() })];
  const { metrics, meter } = recordedMetrics();
  const events: JournalEvent[] = [];
  journal.subscribe((event) => void events.push(event));
  return { book: createEvidenceBook({ committee: 1, known }, { log, journal, metrics }), log, meter, events };
}

describe("evidence", () => {
  it("is counted and told to views each time, and to the operator once per member", () => {
    const { book: evidence, log, meter, events } = book();
    evidence.enter(contradiction(2, 1));
    evidence.enter(contradiction(2, 2));
    evidence.enter(contradiction(3, 2));
    assert.equal(meter.total("equivocations_total", { member: "2", kind: "proposal", committee: "1" }), 2);
    assert.deepEqual(
      events.map(({ type, member }) => [type, member]),
      [
        ["evidence", 2],
        ["evidence", 2],
        ["evidence", 3],
      ],
    );
    const errors = log.lines.filter(({ level }) => level === "error");
    assert.deepEqual(
      errors.map(({ fields }) => fields.member),
      [2, 3],
    );
    assert.match(errors[0]?.message ?? "", /quorate evidence export/);
  });

  it("of earlier runs counts, and is no news", () => {
    const { book: evidence, log, meter, events } = book([contradiction(2, 1)]);
    assert.equal(meter.total("equivocations_total", { member: "2" }), 1);
    assert.deepEqual([events, log.lines], [[], []]);
    evidence.enter(contradiction(2, 5));
    assert.equal(log.lines.filter(({ level }) => level === "error").length, 0);
  });
});

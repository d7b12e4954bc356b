import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  createPeerScore,
  excessPoints,
  faultPoints,
  isExhausted,
  isRefused,
  MAX_REFUSAL_MS,
  MAX_SCORE,
  penalised,
  type PeerScore,
  refused,
  scoreAt,
} from "../../../node/p2p/peer-score.ts";

const REJECT = faultPoints("reject");
const SECOND = 1_000;

/** Penalises as a peer book with room for a refusal does. */
function blame(score: PeerScore, points: number, now: number): PeerScore {
  const next = penalised(score, points, now);
  return isExhausted(next, now) && !isRefused(next, now) ? refused(next, now) : next;
}

/** Rejects at even intervals; the refusals among them. */
function rejects({ count, everyMs }: { count: number; everyMs: number }): { refusals: number[]; score: PeerScore } {
  let score = createPeerScore(0);
  const refusals: number[] = [];
  for (let i = 0; i < count; i++) {
    const now = i * everyMs;
    const before = score;
    if (!isRefused(score, now)) score = blame(score, REJECT, now);
    if (score.refusedUntil !== before.refusedUntil) refusals.push(score.refusedUntil - now);
  }
  return { refusals, score };
}

describe("peer score", () => {
  it("refuses after ten rejects in a row, for five seconds at first", () => {
    assert.deepEqual(rejects({ count: 9, everyMs: 0 }).refusals, []);
    assert.deepEqual(rejects({ count: 10, everyMs: 0 }).refusals, [5 * SECOND]);
  });

  it("bears one reject in ten seconds for ever", () => {
    assert.deepEqual(rejects({ count: 10_000, everyMs: 10 * SECOND }).refusals, []);
  });

  it("refuses longer each time, up to the cap", () => {
    const { refusals } = rejects({ count: 3_000, everyMs: SECOND });
    assert.deepEqual(
      refusals.slice(0, 8),
      [5, 10, 20, 40, 80, 160, 300, 300].map((s) => s * SECOND),
    );
  });

  it("heals within 100 seconds", () => {
    const score = penalised(createPeerScore(0), MAX_SCORE - 1, 0);
    assert.equal(scoreAt(score, 0), 1);
    assert.equal(scoreAt(score, 50 * SECOND), 51);
    assert.equal(scoreAt(score, 1_000 * SECOND), MAX_SCORE);
  });

  it("is patient with an honest member whose link breaks, however often it comes back", () => {
    let score = createPeerScore(0);
    // A break costs one stalled frame and one blocked write; channels bear a silent link for ten seconds.
    for (let broken = 0; broken < 1_000; broken++) {
      const now = broken * 20 * SECOND;
      score = blame(blame(score, faultPoints("stalled"), now), faultPoints("unread"), now);
      assert.ok(!isRefused(score, now));
    }
  });

  it("forgets a refusal after ten minutes of good behaviour", () => {
    const once = refused(createPeerScore(0), 0);
    const soon = refused(once, once.refusedUntil + SECOND);
    assert.equal(soon.refusedUntil - once.refusedUntil - SECOND, 10 * SECOND);
    const later = once.refusedUntil + 600 * SECOND;
    assert.equal(refused(once, later).refusedUntil - later, 5 * SECOND);
  });

  it("bears an excess of a second, and not one of half a minute", () => {
    const perSecond = 20;
    const after = (seconds: number) => {
      let score = createPeerScore(0);
      for (let i = 0; i < seconds * perSecond; i++) {
        const now = (i * SECOND) / perSecond;
        score = blame(score, excessPoints(perSecond), now);
        if (isRefused(score, now)) return "refused";
      }
      return "borne";
    };
    assert.equal(after(1), "borne");
    assert.equal(after(5), "borne");
    assert.equal(after(30), "refused");
  });

  it("stays between 0 and 100, and no refusal outlasts the cap", () => {
    const steps = fc.array(
      fc.record({ pause: fc.nat(400 * SECOND), points: fc.double({ min: 0, max: 200, noNaN: true }) }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        let [score, now] = [createPeerScore(0), 0];
        for (const { pause, points } of all) {
          now += pause;
          score = blame(score, points, now);
          const value = scoreAt(score, now);
          assert.ok(value >= 0 && value <= MAX_SCORE);
          assert.ok(score.refusedUntil - now <= MAX_REFUSAL_MS);
        }
      }),
    );
  });
});

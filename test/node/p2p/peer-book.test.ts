import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createP2pMetrics } from "../../../node/p2p/metrics.ts";
import { type Committee, createPeerBook } from "../../../node/p2p/peer-book.ts";
import { createRecordingLog } from "../../support/recording-log.ts";
import { createRecordingMeter } from "../sandbox/support/recording-meter.ts";

const SEVEN = ["a", "b", "c", "d", "e", "f", "g"];

function createBook() {
  const meter = createRecordingMeter();
  const time = { now: 0 };
  const book = createPeerBook({ now: () => time.now, log: createRecordingLog(), metrics: createP2pMetrics(meter) });
  const committee = (name: string, peerIds: readonly string[], f: number) => {
    const refused: string[] = [];
    const entry: Committee = { name, peerIds, f, onRefused: (peerId) => void refused.push(peerId) };
    book.add(entry);
    return { entry, refused };
  };
  const misbehave = (peerId: string): void => {
    for (let i = 0; i < 10; i++) book.blame(peerId, "reject");
  };
  return { book, meter, time, committee, misbehave };
}

describe("peer book", () => {
  it("admits the peers of the joined committees, and forgets those that no one has any more", () => {
    const { book, committee } = createBook();
    assert.equal(book.admits("a"), false);
    const first = committee("one", ["a", "b"], 0);
    const second = committee("two", ["b", "c"], 0);
    assert.deepEqual(["a", "b", "c", "d"].map(book.admits), [true, true, true, false]);
    assert.deepEqual(book.remove(first.entry), ["a"]);
    assert.deepEqual(["a", "b", "c"].map(book.admits), [false, true, true]);
    assert.deepEqual(book.remove(second.entry), ["b", "c"]);
    assert.equal(book.admits("b"), false);
  });

  it("refuses a peer in all committees for what it did, and admits it again", () => {
    const { book, meter, time, committee, misbehave } = createBook();
    const [first, second] = [committee("one", SEVEN, 2), committee("two", ["b", "c", "d", "x"], 1)];
    misbehave("b");
    assert.deepEqual([first.refused, second.refused], [["b"], ["b"]]);
    assert.equal(book.admits("b"), false);
    assert.equal(book.refusedFor("b"), 5_000);
    assert.equal(meter.total("p2p_bans_total", { committee: "one", member: "1" }), 1);
    assert.equal(meter.last("p2p_score", { committee: "two", member: "0" }), 0);
    time.now = 5_000;
    assert.deepEqual([book.admits("b"), book.refusedFor("b")], [true, 0]);
    book.report();
    assert.equal(meter.last("p2p_score", { committee: "two", member: "0" }), 50);
    time.now = 100_000;
    book.report();
    assert.equal(meter.last("p2p_score", { committee: "two", member: "0" }), 100);
  });

  it("never refuses more than f members of a committee at once", () => {
    const { book, time, committee, misbehave } = createBook();
    const { refused } = committee("one", SEVEN, 2);
    for (const peerId of SEVEN.slice(0, 5)) misbehave(peerId);
    assert.deepEqual(refused, ["a", "b"]);
    assert.equal(SEVEN.filter(book.admits).length, 5);
    // Room again: the next fault of one that has used up its trust is enough.
    time.now = 5_000;
    misbehave("c");
    assert.deepEqual(refused, ["a", "b", "c"]);
  });

  it("asks every committee of a peer whether it has room", () => {
    const { committee, misbehave } = createBook();
    const [large, small] = [committee("large", SEVEN, 2), committee("small", ["a", "b", "c", "d"], 1)];
    misbehave("a");
    misbehave("b");
    assert.deepEqual([large.refused, small.refused], [["a"], ["a"]]);
    misbehave("g");
    assert.deepEqual([large.refused, small.refused], [["a", "g"], ["a"]]);
  });
});
